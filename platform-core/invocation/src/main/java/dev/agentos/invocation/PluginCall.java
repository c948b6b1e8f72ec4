package dev.agentos.invocation;

import com.sun.management.ThreadMXBean;
import dev.agentos.pluginruntime.ExtensionHandle;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ExtensionPoint;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One call on its way through a plugin: runs on the plugin's thread, can be interrupted from the caller's. */
final class PluginCall<T extends ExtensionPoint, R> implements Runnable {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final ExtensionHandle<T> handle;
    private final Function<T, R> work;
    private final CompletableFuture<R> result = new CompletableFuture<>();
    private final AtomicReference<@Nullable Thread> thread = new AtomicReference<>();
    private volatile boolean given;
    private volatile long processorNanos;
    private volatile long allocatedBytes = -1;

    PluginCall(ExtensionHandle<T> handle, Function<T, R> work) {
        this.handle = handle;
        this.work = work;
        handle.onRevoke(this::interrupt);
    }

    CompletableFuture<R> result() {
        return result;
    }

    Duration processor() {
        return Duration.ofNanos(processorNanos);
    }

    long allocatedBytes() {
        return allocatedBytes;
    }

    /** The caller no longer waits: a call that has not begun never does, one that runs is interrupted. */
    void giveUp() {
        given = true;
        interrupt();
    }

    private synchronized void interrupt() {
        Thread running = thread.get();
        if (running != null) {
            running.interrupt();
        }
    }

    @Override
    public void run() {
        Thread current = Thread.currentThread();
        long processorBefore = THREADS.getCurrentThreadCpuTime();
        long allocatedBefore = THREADS.getCurrentThreadAllocatedBytes();
        thread.set(current);
        try {
            if (given) {
                result.cancel(false);
                return;
            }
            R returned = work.apply(handle.extension());
            measure(processorBefore, allocatedBefore);
            result.complete(returned);
        } catch (AgentOsException e) {
            measure(processorBefore, allocatedBefore);
            result.completeExceptionally(e);
        } catch (OutOfMemoryError e) {
            result.completeExceptionally(e);
            throw e;
        } catch (Throwable e) {
            measure(processorBefore, allocatedBefore);
            result.completeExceptionally(failed(e));
        } finally {
            leave(current);
            handle.close();
        }
    }

    /** No interrupt may reach the thread's next call. */
    private synchronized void leave(Thread current) {
        thread.set(null);
        boolean interrupted = Thread.interrupted();
        if (interrupted || current.getContextClassLoader() != handle.classLoader()) {
            current.setContextClassLoader(handle.classLoader());
        }
    }

    private void measure(long processorBefore, long allocatedBefore) {
        processorNanos = THREADS.getCurrentThreadCpuTime() - processorBefore;
        allocatedBytes = THREADS.getCurrentThreadAllocatedBytes() - allocatedBefore;
    }

    private AgentOsException failed(Throwable cause) {
        return new AgentOsException(
                PluginErrorCode.FAILED,
                "Plugin " + handle.plugin() + " failed in '" + handle.description().name() + "' with "
                        + cause.getClass().getName() + ".",
                "Report it to the plugin's author with the server's log.",
                cause);
    }
}
