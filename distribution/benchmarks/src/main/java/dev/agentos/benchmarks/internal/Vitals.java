package dev.agentos.benchmarks.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a Java process holds behind a full garbage collection; NaN where the system or the JDK's tools do not tell.
 *
 * @param metaspaceMebibytes of class data in use
 * @param pluginLoaders class loaders of plugins that are alive
 * @param threads of the operating system
 * @param handles open files and sockets
 */
public record Vitals(double metaspaceMebibytes, double pluginLoaders, double threads, double handles) {

    private static final Pattern METASPACE = Pattern.compile("(?m)^\\s*Both:.*?([0-9.]+) MB \\([^)]*\\) used");
    private static final Pattern LOADER = Pattern.compile("(?m)^.*BundleClassLoader.*$");
    private static final Pattern THREADS = Pattern.compile("(?m)^Threads:\\s+(\\d+)");

    /** Collects garbage in that process and looks. */
    public static Vitals of(long pid) throws IOException, InterruptedException {
        command(pid, "GC.run");
        var metaspace = command(pid, "VM.metaspace");
        var loaders = command(pid, "VM.classloaders");
        return new Vitals(
                number(METASPACE, metaspace),
                loaders.map(text -> (double) LOADER.matcher(text).results().count())
                        .orElse(Double.NaN),
                number(THREADS, read(Path.of("/proc", Long.toString(pid), "status"))),
                handles(Path.of("/proc", Long.toString(pid), "fd")));
    }

    private static double number(Pattern pattern, Optional<String> text) {
        return text.map(pattern::matcher)
                .filter(Matcher::find)
                .map(found -> Double.parseDouble(found.group(1)))
                .orElse(Double.NaN);
    }

    private static Optional<String> read(Path file) {
        try {
            return Optional.of(Files.readString(file));
        } catch (IOException unknown) {
            return Optional.empty();
        }
    }

    private static double handles(Path directory) {
        try (var all = Files.list(directory)) {
            return all.count();
        } catch (IOException unknown) {
            return Double.NaN;
        }
    }

    private static Optional<String> command(long pid, String name) throws IOException, InterruptedException {
        var tool = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        if (!Files.isExecutable(tool)) {
            return Optional.empty();
        }
        var process = new ProcessBuilder(List.of(tool.toString(), Long.toString(pid), name))
                .redirectErrorStream(true)
                .start();
        var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor() == 0 ? Optional.of(said) : Optional.empty();
    }
}
