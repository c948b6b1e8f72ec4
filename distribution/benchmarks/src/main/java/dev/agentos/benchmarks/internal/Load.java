package dev.agentos.benchmarks.internal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A closed loop: each client does its work again as soon as it is done. Measured is the steady state in the middle:
 * after every client has finished once, and before the first is told to stop.
 */
public final class Load {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final double NANOS_PER_SECOND = 1e9;

    private final int clients;
    private final ThreadFactory threads;
    private final Work work;
    private final LongAdder done = new LongAdder();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final CountDownLatch first;
    private volatile boolean stopped;

    private Load(int clients, ThreadFactory threads, Work work) {
        this.clients = clients;
        this.threads = threads;
        this.work = work;
        this.first = new CountDownLatch(clients);
    }

    /** What a client repeats. */
    @FunctionalInterface
    public interface Work {

        /**
         * Does the work once.
         *
         * @param client which client, from 0
         * @return how many units were finished
         */
        long run(int client) throws Exception;
    }

    /**
     * Measures one window.
     *
     * @param threads makes the thread of each client
     * @param ramp how long the load goes on before it is measured
     * @param length how long it is measured at least; longer until as many units are done as there are clients
     */
    public static Window measure(
            int clients, ThreadFactory threads, Work work, Duration ramp, Duration length, Usage.Meter meter) {
        return new Load(clients, threads, work).measure(ramp, length, meter);
    }

    private Window measure(Duration ramp, Duration length, Usage.Meter meter) {
        var all = new ArrayList<Thread>();
        for (var i = 0; i < clients; i++) {
            var client = i;
            var thread = threads.newThread(() -> repeat(client));
            all.add(thread);
            thread.start();
        }
        try {
            return window(ramp, length, meter);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", interrupted);
        } finally {
            stopped = true;
            all.forEach(Load::join);
        }
    }

    private Window window(Duration ramp, Duration length, Usage.Meter meter) throws InterruptedException {
        Thread.sleep(ramp);
        await();
        var before = meter.read();
        var unitsBefore = done.sum();
        var began = System.nanoTime();
        Thread.sleep(length);
        while (done.sum() - unitsBefore < clients && patient(began)) {
            Thread.sleep(1);
        }
        var units = done.sum() - unitsBefore;
        var seconds = (System.nanoTime() - began) / NANOS_PER_SECOND;
        var used = meter.read().since(before);
        check();
        return Window.of(units, seconds, used);
    }

    private void await() throws InterruptedException {
        if (!first.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new IllegalStateException("A client has not finished once within " + PATIENCE);
        }
        check();
    }

    private boolean patient(long began) {
        check();
        return System.nanoTime() - began < PATIENCE.toNanos();
    }

    private void check() {
        var thrown = failure.get();
        if (thrown != null) {
            throw new IllegalStateException("The work that is measured failed", thrown);
        }
    }

    private void repeat(int client) {
        try {
            while (!stopped) {
                done.add(work.run(client));
                first.countDown();
            }
        } catch (Throwable thrown) {
            failure.compareAndSet(null, thrown);
            while (first.getCount() > 0) {
                first.countDown();
            }
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
