package dev.agentos.invocation;

import com.sun.management.ThreadMXBean;
import dev.agentos.invocation.internal.RunawayTrial;
import dev.agentos.invocation.internal.ServerTime;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.LogFields;
import dev.agentos.pluginruntime.ExtensionHandle;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ExtensionPoint;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One call on a thread of the plugin, watched by the thread that wants the answer: interrupted when it is late or no
 * longer wanted, and given up when it does not end even so.
 */
final class PluginCall<T extends ExtensionPoint, R> implements Runnable {

    private static final Duration GRACE = Duration.ofMillis(300);
    private static final long POLL_MILLIS = 50;
    private static final @Nullable ThreadMXBean THREADS =
            ManagementFactory.getThreadMXBean() instanceof ThreadMXBean bean ? bean : null;

    /** What the call does with the extension. */
    @FunctionalInterface
    interface Work<T, R> {
        /**
         * Does it.
         *
         * @param unwanted whether it was told to end
         */
        @Nullable
        R run(T extension, BooleanSupplier unwanted);
    }

    private final ExtensionHandle<T> handle;
    private final Work<T, R> work;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicBoolean givenUp = new AtomicBoolean();
    private final Map<String, String> logFields = LogFields.here();
    private final Runnable onLateReturn;
    private final Object threadLock = new Object();
    private @Nullable Thread thread;
    /** When it got its thread; empty while it waits for one. */
    private volatile OptionalLong began = OptionalLong.empty();
    /** The thread is that of another call, which goes on behind this one. */
    private boolean inline;

    private volatile boolean unwanted;
    /** Whoever waits is busy with what it has heard, and does not look whether the call is late. */
    private volatile boolean away;
    /** Why it was told to end by another than who waits. */
    private volatile @Nullable Wait stopped;

    private volatile @Nullable R result;
    private volatile @Nullable Throwable failure;
    private volatile boolean defect;
    private volatile boolean hadItsTime;
    private volatile long cpuNanos;
    private volatile long allocatedBytes;

    PluginCall(ExtensionHandle<T> handle, Work<T, R> work, Runnable onLateReturn) {
        this.handle = handle;
        this.work = work;
        this.onLateReturn = onLateReturn;
    }

    @Override
    public void run() {
        Thread current = Thread.currentThread();
        synchronized (threadLock) {
            if (unwanted) {
                ended.countDown();
                return;
            }
            thread = current;
            began = OptionalLong.of(System.nanoTime());
        }
        try (LogFields.Work _ = LogFields.during(logFields)) {
            call(current);
        }
    }

    /** Runs on the thread of the call that makes it, of whose plugin it is. */
    void runInline() {
        inline = true;
        run();
    }

    private void call(Thread current) {
        ClassLoader before = current.getContextClassLoader();
        long cpu = THREADS == null ? 0 : THREADS.getCurrentThreadCpuTime();
        long allocated = THREADS == null ? 0 : THREADS.getCurrentThreadAllocatedBytes();
        current.setContextClassLoader(handle.classLoader());
        T extension = handle.extension();
        try {
            result = work.run(extension, () -> unwanted);
            if (result == null) {
                defect = true;
                failure = PluginFailure.nothing(handle.plugin(), extension);
            }
        } catch (Throwable e) {
            fail(e, extension);
        } finally {
            current.setContextClassLoader(before);
            if (THREADS != null) {
                cpuNanos = THREADS.getCurrentThreadCpuTime() - cpu;
                allocatedBytes = THREADS.getCurrentThreadAllocatedBytes() - allocated;
            }
            leave();
        }
    }

    private void fail(Throwable thrown, T extension) {
        if (thrown.getClass() == OutOfMemoryError.class) {
            // Memory that is used up need not be the plugin's doing.
            failure = PluginFailure.memory((OutOfMemoryError) thrown, handle.plugin());
            return;
        }
        defect = !(thrown instanceof AgentOsException);
        RuntimeException told = PluginFailure.of(thrown, handle.plugin(), extension);
        failure = told;
        if (defect) {
            handle.tellFailure(String.valueOf(told.getMessage()));
        }
    }

    private void leave() {
        synchronized (threadLock) {
            thread = null;
            if (!inline) {
                // A late interrupt must not meet the next call on this thread.
                Thread.interrupted();
            }
            if (givenUp.get()) {
                Thread.currentThread().setPriority(Thread.NORM_PRIORITY);
            }
        }
        if (!givenUp.compareAndSet(false, true)) {
            onLateReturn.run();
        }
        ended.countDown();
    }

    /** How the wait for a call came out. */
    enum Wait {
        ENDED,
        TIMED_OUT,
        CANCELLED,
        /** The waiting thread was interrupted. */
        INTERRUPTED
    }

    /** Waits until the call has ended, or is late, or is not wanted any more; interrupts it then. */
    Wait await(CallScope scope, InstantSource clock) {
        long asked = System.nanoTime();
        ServerTime time = new ServerTime(Duration.ofMillis(POLL_MILLIS), asked);
        try {
            while (true) {
                if (ended.getCount() == 0) {
                    // Whoever was asked below whether it is wanted may have taken until after the deadline.
                    return ofEnded();
                }
                long left = Duration.between(clock.instant(), scope.deadline()).toMillis();
                if (left <= 0) {
                    interrupt();
                    hadItsTime = time.mostlyAtWork() && ranMostly(asked, System.nanoTime());
                    return Wait.TIMED_OUT;
                }
                if (ended.await(Math.min(left, POLL_MILLIS), TimeUnit.MILLISECONDS)) {
                    return ofEnded();
                }
                time.look(System.nanoTime());
                away = true;
                boolean cancelled = scope.cancelled().getAsBoolean();
                away = false;
                time.away(System.nanoTime());
                if (cancelled) {
                    interrupt();
                    return Wait.CANCELLED;
                }
            }
        } catch (InterruptedException e) {
            interrupt();
            return Wait.INTERRUPTED;
        }
    }

    /** Whether it had a thread for longer than it waited for one. */
    private boolean ranMostly(long asked, long now) {
        OptionalLong start = began;
        return start.isPresent() && now - start.getAsLong() > start.getAsLong() - asked;
    }

    private Wait ofEnded() {
        return Optional.ofNullable(stopped).orElse(Wait.ENDED);
    }

    /**
     * Has it interrupted when it is late, or not wanted any more, while whoever waits for it is busy with what it has
     * heard of it, and may never come back.
     *
     * @param late told when it has to be watched from then on
     */
    void attend(CallScope scope, InstantSource clock, Runnable late) {
        Thread.ofVirtual().name("attend-" + handle.plugin().plugin()).start(() -> {
            try {
                while (!ended.await(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
                    if (away && stop(scope, clock)) {
                        if (!endsSoon()) {
                            late.run();
                        }
                        return;
                    }
                }
            } catch (InterruptedException e) {
                // Nobody has this thread to interrupt it.
                Thread.currentThread().interrupt();
            }
        });
    }

    private boolean stop(CallScope scope, InstantSource clock) {
        if (!clock.instant().isBefore(scope.deadline())) {
            stopped = Wait.TIMED_OUT;
        } else if (scope.cancelled().getAsBoolean()) {
            stopped = Wait.CANCELLED;
        } else {
            return false;
        }
        interrupt();
        return true;
    }

    /** Interrupts the call, or keeps it from beginning. */
    void interrupt() {
        synchronized (threadLock) {
            unwanted = true;
            if (thread != null) {
                thread.interrupt();
            }
        }
    }

    /**
     * Whether a call that is late has had the time that it was given; not when the server stood still meanwhile, or it
     * waited for a thread most of the time.
     */
    boolean hadItsTime() {
        return hadItsTime;
    }

    /** Waits a moment for an interrupted call to end; one that has not begun never will. */
    boolean endsSoon() {
        return !runs() || endedWithin(GRACE);
    }

    /**
     * Watches an interrupted call until it has ended, or is a runaway: then gives it up.
     *
     * @return whether it goes on against everybody's will
     */
    boolean giveUp() throws InterruptedException {
        RunawayTrial trial = new RunawayTrial(System.nanoTime(), processor());
        while (!ended.await(RunawayTrial.MOMENT.toMillis(), TimeUnit.MILLISECONDS)) {
            if (trial.convicts(System.nanoTime(), processor())) {
                synchronized (threadLock) {
                    if (thread == null) {
                        return false;
                    }
                    thread.setPriority(Thread.MIN_PRIORITY);
                    return givenUp.compareAndSet(false, true);
                }
            }
        }
        return false;
    }

    private boolean runs() {
        synchronized (threadLock) {
            return thread != null;
        }
    }

    /** What the thread has used of a processor, while it is this call's. */
    private OptionalLong processor() {
        synchronized (threadLock) {
            long used = THREADS == null || thread == null ? -1 : THREADS.getThreadCpuTime(thread.threadId());
            return used < 0 ? OptionalLong.empty() : OptionalLong.of(used);
        }
    }

    /** Waits that long although the waiting thread is interrupted, of which it is reminded behind it. */
    private boolean endedWithin(Duration longest) {
        boolean interrupted = false;
        long until = System.nanoTime() + longest.toNanos();
        try {
            while (true) {
                try {
                    return ended.await(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    // Set at once, the flag would let the next wait throw again, for ever.
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The answer of a call that has ended. */
    R answer() {
        Throwable thrown = failure;
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown instanceof RuntimeException exception) {
            throw exception;
        }
        return Optional.ofNullable(result)
                .orElseThrow(() -> new AgentOsException(
                        KernelErrorCode.CANCELLED, "The call was taken back before it began.", "Make it again."));
    }

    boolean failed() {
        return failure != null;
    }

    /** Whether it failed by a defect, not by a failure that the plugin reports. */
    boolean defect() {
        return defect;
    }

    Duration cpu() {
        return Duration.ofNanos(cpuNanos);
    }

    long allocatedBytes() {
        return allocatedBytes;
    }
}
