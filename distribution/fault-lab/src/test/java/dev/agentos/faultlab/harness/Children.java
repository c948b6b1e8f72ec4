package dev.agentos.faultlab.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Starts processes that end with this one, however it ends, and sends them signals.
 *
 * <p>Linux ties a death signal to the thread that started the child, so one thread that lives as long as this process
 * starts them all.
 */
final class Children {

    private static final ExecutorService STARTER = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("children").factory());

    private Children() {}

    /** A command that is killed by that signal when this process is gone. */
    static List<String> tied(String signal, List<String> command) {
        List<String> whole = new ArrayList<>(List.of("setpriv", "--pdeathsig", signal));
        whole.addAll(command);
        return whole;
    }

    static Process start(ProcessBuilder builder) {
        try {
            return STARTER.submit(builder::start).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("The process cannot be started", e.getCause());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Sends a signal, as in {@code STOP}. */
    static void signal(String signal, long pid) {
        if (!succeeds(List.of("sh", "-c", "kill -" + signal + " " + pid))) {
            throw new IllegalStateException("Process " + pid + " takes no " + signal);
        }
    }

    static boolean succeeds(List<String> command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
