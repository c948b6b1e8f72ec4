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

    private boolean closed;

    /** Knows the thread by its number, which is never given twice: the thread itself may hold the plugin's classes. */
    private record Beginning(long thread, long since) {}

    /** Takes a place for a process that this thread is about to start; false when there is none left. */
    synchronized boolean mayBegin() {
        if (closed) {
            return false;
        }
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
        long thread = Thread.currentThread().threadId();
        ended(thread);
        if (running.size() + beginning.size() >= MOST) {
            return false;
        }
        beginning.add(new Beginning(thread, now));
        return true;
    }

    /** Remembers the process that this thread was about to start. */
    synchronized void begun(Process child) {
        ended(Thread.currentThread().threadId());
        if (!closed) {
            running.add(child);
        }
    }

    /** Keeps nothing any more: the plugin is unloaded. */
    synchronized void close() {
        closed = true;
        running.clear();
        beginning.clear();
    }

    private void ended(long thread) {
        for (int n = beginning.size() - 1; n >= 0; n--) {
            if (beginning.get(n).thread() == thread) {
                beginning.remove(n);
            }
        }
    }
}
