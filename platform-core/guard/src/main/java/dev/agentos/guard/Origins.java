package dev.agentos.guard;

import java.lang.ref.WeakReference;
import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Which plugin started a thread, and the threads that such a thread started. Known by the thread's number, which is
 * never given twice and which no plugin can forge; only plugins' threads are kept.
 */
final class Origins {

    /** How many threads of its own a plugin may have at once. */
    static final int MOST_PLATFORM_THREADS = 64;

    static final int MOST_VIRTUAL_THREADS = 1_024;

    /** How many threads of the JDK's own it may be the reason for at once. */
    static final int MOST_HELPERS = 64;

    private static final int SWEEP_EVERY = 64;
    private static final String HELPER = "jdk.internal.misc.InnocuousThread";

    private static final ConcurrentHashMap<Long, Origin> ORIGINS = new ConcurrentHashMap<>();
    private static final AtomicInteger STARTED = new AtomicInteger();

    private Origins() {}

    /**
     * Whose a thread is.
     *
     * @param itself whether no code of the host came between: what runs there was handed over by the plugin, even where
     *     it is an object of the host
     */
    private record Origin(@Nullable Domain domain, boolean itself, AtomicInteger live, WeakReference<Thread> thread) {}

    static @Nullable Domain current() {
        return ORIGINS.isEmpty() ? null : of(Thread.currentThread());
    }

    /** Whether a plugin has started the current thread by itself, and not the host for it. */
    static boolean isStartedByPlugin() {
        Origin origin = ORIGINS.isEmpty()
                ? null
                : ORIGINS.get(Long.valueOf(Thread.currentThread().threadId()));
        return origin != null && origin.itself() && origin.domain() != null;
    }

    static @Nullable Domain of(Thread thread) {
        Origin origin = ORIGINS.get(Long.valueOf(thread.threadId()));
        return origin == null ? null : origin.domain();
    }

    /** Counts and remembers a thread that a plugin starts; false when it has too many. */
    static boolean started(Thread thread, Domain domain) {
        if (isScheduler(thread) && JdkFields.isNew(thread)) {
            // It would take over the loader of whoever needs it first, for good.
            thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
        }
        boolean helper = isHelper(thread);
        // One that runs is not started, and stays whose it is: the JDK says so to who tries.
        if (helper ? isReaper(thread) : isOfJdk(thread) || !JdkFields.isNew(thread)) {
            return true;
        }
        AtomicInteger live =
                helper ? domain.helpers : thread.isVirtual() ? domain.virtualThreads : domain.platformThreads;
        int most = helper ? MOST_HELPERS : thread.isVirtual() ? MOST_VIRTUAL_THREADS : MOST_PLATFORM_THREADS;
        if (live.get() >= most) {
            sweep();
        }
        if (live.get() >= most) {
            return false;
        }
        // What a helper does is not the plugin's act, though it is the reason for the helper.
        Origin fresh = new Origin(helper ? null : domain, !Callers.isThroughHost(), live, new WeakReference<>(thread));
        if (ORIGINS.putIfAbsent(Long.valueOf(thread.threadId()), fresh) == null) {
            live.incrementAndGet();
            if (STARTED.incrementAndGet() % SWEEP_EVERY == 0) {
                sweep();
            }
        }
        return true;
    }

    /** A thread of the JDK's own, such as a cleaner's, of which anybody can be the reason for many. */
    private static boolean isHelper(Thread thread) {
        return thread.getClass().getClassLoader() == null
                && thread.getClass().getName().equals(HELPER);
    }

    /** Waits for the end of children, which are counted themselves; one can be lent to whoever comes next. */
    private static boolean isReaper(Thread thread) {
        return thread.getName().startsWith("process reaper");
    }

    /** A thread on which something of everybody's comes to run, one after the other. */
    static boolean isOfAll(Thread thread) {
        return isShared(thread) || isFinalizer(thread);
    }

    static boolean isFinalizer(Thread thread) {
        return thread.getClass().getClassLoader() == null
                && thread.getClass().getName().equals("java.lang.ref.Finalizer$FinalizerThread");
    }

    /** A worker of the pool that the whole process shares, or one of the JDK's own helpers. */
    static boolean isShared(Thread thread) {
        if (thread.getClass().getClassLoader() != null) {
            return false;
        }
        if (thread instanceof ForkJoinWorkerThread worker) {
            return worker.getPool() == ForkJoinPool.commonPool();
        }
        String type = thread.getClass().getName();
        return type.equals(HELPER) || isScheduler(thread);
    }

    /** One that is nobody's own, whoever was the reason for it. */
    static boolean isOfJdk(Thread thread) {
        return isShared(thread) || isCarrier(thread);
    }

    /** What runs virtual threads, of all plugins and of the host; no code has it for its own thread but the JDK's. */
    private static boolean isCarrier(Thread thread) {
        return thread.getClass().getClassLoader() == null
                && thread.getClass().getName().equals("jdk.internal.misc.CarrierThread");
    }

    /** Tasks of all come due on the scheduler of the common pool; whoever was first has started it. */
    private static boolean isScheduler(Thread thread) {
        return thread.getClass().getClassLoader() == null
                && thread.getClass().getName().equals("java.util.concurrent.DelayScheduler");
    }

    private static void sweep() {
        Iterator<Origin> all = ORIGINS.values().iterator();
        while (all.hasNext()) {
            Origin origin = all.next();
            Thread thread = origin.thread().get();
            if (thread == null || JdkFields.hasEnded(thread)) {
                all.remove();
                origin.live().decrementAndGet();
            }
        }
    }
}
