package dev.agentos.benchmarks.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process that says READY and answers /readyz, and what it took. */
public final class MeasuredProcess implements AutoCloseable {
    private static final String READY = "READY ";
    private static final long LONGEST_STOP_SECONDS = 60;
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double KIB_PER_MIB = 1024;

    private final Process process;
    private final URI address;
    private final double startMillis;

    private MeasuredProcess(Process process, URI address, double startMillis) {
        this.process = process;
        this.address = address;
        this.startMillis = startMillis;
    }

    /** Starts a program and waits until /readyz answers 200. */
    public static MeasuredProcess start(List<String> command, Path log, HttpClient http) {
        try {
            var began = System.nanoTime();
            var process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            var output = process.inputReader(StandardCharsets.UTF_8);
            var line = output.readLine();
            while (line != null && !line.startsWith(READY)) {
                line = output.readLine();
            }
            if (line == null) {
                throw new IllegalStateException("The program did not start; its log is " + log);
            }
            var address = URI.create(line.substring(READY.length()).strip());
            var request = HttpRequest.newBuilder(address.resolve("/readyz")).build();
            while (http.send(request, BodyHandlers.discarding()).statusCode() != 200) {
                Thread.onSpinWait();
            }
            return new MeasuredProcess(process, address, (System.nanoTime() - began) / NANOS_PER_MILLI);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", interrupted);
        }
    }

    public long pid() {
        return process.pid();
    }

    public URI address() {
        return address;
    }

    public double startMillis() {
        return startMillis;
    }

    /** The memory that the process alone, without its children, holds now. */
    public double residentMebibytes() {
        try {
            var listing = new ProcessBuilder("ps", "-o", "rss=", "-p", Long.toString(process.pid())).start();
            return Double.parseDouble(listing.inputReader(StandardCharsets.UTF_8)
                            .readLine()
                            .strip())
                    / KIB_PER_MIB;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(LONGEST_STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("The program did not stop");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
