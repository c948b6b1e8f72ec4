package dev.agentos.guard;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The processes that a plugin has started and that run, and those that it is about to start. */
final class Children {

    /** How many a plugin may have at once. */
    static final int MOST = 64;

    /** How long a start is waited for that may have failed. */
    private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final List<Process> running = new ArrayList<>();
    private final List<Beginning> beginning = new ArrayList<>();

    private record Beginning(Thread thread, long since) {}

    /** Takes a place for a process that this thread is about to start; false when there is none left. */
    synchronized boolean mayBegin() {
        for (int n = running.size() - 1; n >= 0; n--) {
            if (!running.get(n).isAlive()) {
                running.remove(n);
            }
        }
        long now = System.nanoTime();
        for (int n = beginning.size() - 1; n >= 0; n--) {
            if (now - beginning.get(n).since() > MOST_NANOS) {
                beginning.remove(n);
            }
        }
        // What this thread began before has failed, or else it were not here.
        ended(Thread.currentThread());
        if (running.size() + beginning.size() >= MOST) {
            return false;
        }
        beginning.add(new Beginning(Thread.currentThread(), now));
        return true;
    }

    /** Remembers the process that this thread was about to start. */
    synchronized void begun(Process child) {
        ended(Thread.currentThread());
        running.add(child);
    }

    private void ended(Thread thread) {
        for (int n = beginning.size() - 1; n >= 0; n--) {
            if (beginning.get(n).thread() == thread) {
                beginning.remove(n);
            }
        }
    }
}
