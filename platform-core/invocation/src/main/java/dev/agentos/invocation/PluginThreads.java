package dev.agentos.invocation;

import dev.agentos.pluginruntime.ExtensionHandle;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads on which one loaded version of a plugin runs. Platform threads, because a busy virtual thread cannot be
 * stopped and would starve all others; few, so that one plugin cannot take the machine; they end when idle, so that
 * nothing keeps an unloaded version in memory.
 */
final class PluginThreads {

    private static final int DEFAULT_THREADS = 8;
    private static final int MOST_WAITING = 10_000;
    private static final long IDLE_SECONDS = 10;

    private final ThreadPoolExecutor executor;
    private final AtomicInteger runaways = new AtomicInteger();

    PluginThreads(ExtensionHandle<?> handle) {
        int threads = handle.grants().permissions().stream()
                .filter(permission -> permission.kind() == PermissionKind.THREAD_POOL)
                .map(Permission::target)
                .flatMap(Optional::stream)
                .mapToInt(PluginThreads::count)
                .max()
                .orElse(DEFAULT_THREADS);
        String prefix = "plugin-" + handle.plugin().plugin() + "-";
        ClassLoader loader = handle.classLoader();
        AtomicInteger number = new AtomicInteger();
        executor = new ThreadPoolExecutor(
                threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(MOST_WAITING), task -> {
                    Thread thread = Thread.ofPlatform()
                            .daemon()
                            .name(prefix + number.incrementAndGet())
                            .inheritInheritableThreadLocals(false)
                            .unstarted(task);
                    thread.setContextClassLoader(loader);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
    }

    /** Throws {@link java.util.concurrent.RejectedExecutionException} when too many calls wait. */
    void execute(Runnable call) {
        executor.execute(call);
    }

    /** Counts a call that did not end when it was interrupted; returns how many there were. */
    int ranAway() {
        return runaways.incrementAndGet();
    }

    void shutdown() {
        executor.shutdown();
    }

    private static int count(String target) {
        try {
            return Math.clamp(Integer.parseInt(target), 1, 256);
        } catch (NumberFormatException e) {
            return DEFAULT_THREADS;
        }
    }
}
