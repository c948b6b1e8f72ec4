package dev.agentos.pluginruntime.internal;

import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.spi.AgentOsException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs a plugin's code on a thread of its own that is given up when it takes too long. */
public final class LimitedCall {

    private LimitedCall() {}

    /**
     * Runs the work with that class loader as the thread's context.
     *
     * @param what the work in words, as in {@code start of plugin x 1.0.0}
     * @throws AgentOsException the plugin's own, or {@code plugin:START_FAILED} when it fails otherwise or takes too
     *     long
     */
    public static <R> R run(String what, ClassLoader loader, Duration limit, Callable<R> work) {
        FutureTask<R> task = new FutureTask<>(work);
        Thread thread = Thread.ofPlatform()
                .daemon()
                .name(what)
                .inheritInheritableThreadLocals(false)
                .unstarted(task);
        thread.setContextClassLoader(loader);
        thread.start();
        try {
            return task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw failure(what, e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            thread.interrupt();
            throw new AgentOsException(
                    PluginErrorCode.START_FAILED,
                    "The " + what + " took longer than " + limit.toMillis() + " ms and was given up.",
                    "Report it to the plugin's author; the version before, if any, goes on.",
                    e);
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
            throw new AgentOsException(
                    PluginErrorCode.START_FAILED, "The " + what + " was interrupted.", "Start it again.", e);
        }
    }

    private static AgentOsException failure(String what, Throwable cause) {
        if (cause instanceof OutOfMemoryError error) {
            throw error;
        }
        if (cause instanceof AgentOsException own) {
            return own;
        }
        return new AgentOsException(
                PluginErrorCode.START_FAILED,
                "The " + what + " failed with " + cause.getClass().getName() + ": " + messageOf(cause) + ".",
                "Report it to the plugin's author with the server's log.",
                cause);
    }

    /** The message of a plugin's exception, which is the plugin's code and may fail itself. */
    private static String messageOf(Throwable cause) {
        try {
            return String.valueOf(cause.getMessage());
        } catch (RuntimeException | StackOverflowError | LinkageError e) {
            return "no message";
        }
    }
}
