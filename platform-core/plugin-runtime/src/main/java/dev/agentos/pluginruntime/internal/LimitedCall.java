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
        FutureTask<R> task = new FutureTask<>(() -> told(what, work));
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
            if (e.getCause() instanceof RuntimeException own) {
                throw own;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException(e);
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

    private static <R> R told(String what, Callable<R> work) {
        try {
            return work.call();
        } catch (Throwable e) {
            throw PlainFailure.of(what, e);
        }
    }
}
