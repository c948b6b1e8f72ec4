package dev.agentos.invocation;

import dev.agentos.pluginruntime.ExtensionHandle;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.pluginruntime.PluginVersion;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The threads on which one loaded version of a plugin runs: platform threads, because the system shares the processor
 * among them whatever they do. Made when needed; an idle one ends after 30 s.
 */
final class PluginThreads {

    private static final int MOST_THREADS = 64;
    private static final int MOST_WAITING = 1_000;

    private final ThreadPoolExecutor pool;
    private final PluginVersion plugin;
    private final AtomicInteger runaways = new AtomicInteger();
    private final int mostRunaways;
    private final Consumer<String> switchOff;

    /**
     * Threads for the version that a handle holds.
     *
     * @param switchOff told why, when too many calls do not end
     */
    PluginThreads(ExtensionHandle<?> handle, CallLimits limits, Consumer<String> switchOff) {
        plugin = handle.plugin();
        mostRunaways = limits.runaways();
        this.switchOff = switchOff;
        int size = handle.grants().permissions().stream()
                .filter(grant -> grant.kind() == PermissionKind.THREAD_POOL)
                .mapToInt(PluginThreads::threads)
                .reduce(limits.threads(), Math::max);
        AtomicInteger number = new AtomicInteger();
        pool = new ThreadPoolExecutor(
                size, size, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(MOST_WAITING), task -> {
                    Thread thread = Thread.ofPlatform()
                            .daemon()
                            .inheritInheritableThreadLocals(false)
                            .name("plugin-" + plugin.plugin() + "-" + number.incrementAndGet())
                            .unstarted(task);
                    thread.setContextClassLoader(PluginThreads.class.getClassLoader());
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
    }

    private static int threads(Permission grant) {
        try {
            return Math.min(MOST_THREADS, Integer.parseInt(grant.target().orElse("0")));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /**
     * Runs a task when a thread is free.
     *
     * @throws AgentOsException {@code plugin:OVERLOADED} when too many wait already
     */
    void execute(Runnable task) {
        try {
            pool.execute(task);
        } catch (RejectedExecutionException e) {
            throw new AgentOsException(
                    PluginErrorCode.OVERLOADED,
                    "Too many calls wait for plugin " + plugin + ".",
                    "Try again later, or grant the plugin more threads.",
                    e);
        }
    }

    /** Takes back a task that has not begun. */
    void forget(Runnable task) {
        pool.remove(task);
    }

    /** Keeps an eye on a call that was told to end and has not; too many that never will switch the plugin off. */
    void watch(PluginCall<?, ?> call) {
        Thread.ofVirtual().name("watch-" + plugin.plugin()).start(() -> {
            try {
                if (call.giveUp()) {
                    int now = runaways.incrementAndGet();
                    if (now >= mostRunaways) {
                        switchOff.accept(now + " calls into it do not end");
                    }
                }
            } catch (InterruptedException e) {
                // Nobody has this thread to interrupt it.
                Thread.currentThread().interrupt();
            }
        });
    }

    /** A call that was given up has ended after all. */
    void returned() {
        runaways.decrementAndGet();
    }

    /** Ends the threads: the version is unloaded. */
    void close() {
        pool.shutdownNow();
    }
}
