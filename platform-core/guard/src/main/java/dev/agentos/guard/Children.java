package dev.agentos.guard;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The processes that a plugin has started and that run, and those that it is about to start. */
final class Children {

    /** How many a plugin may have at once. */
    static final int MOST = 64;

    /** What one lacks who wants more. */
    static final String TOO_MANY = "process.exec beyond " + MOST + " at once";

    /** How long a start is waited for that may have failed. */
    private final long mostNanos;

    private final List<Process> running = new ArrayList<>();
    private final List<Beginning> beginning = new ArrayList<>();

    private boolean closed;

    Children() {
        this(TimeUnit.SECONDS.toNanos(10));
    }

    Children(long mostNanos) {
        this.mostNanos = mostNanos;
    }

    /** Knows the thread by its number, which is never given twice: the thread itself may hold the plugin's classes. */
    private record Beginning(long thread, long since) {}

    /**
     * Takes a place for a process that this thread is about to start.
     *
     * @param starts how many starts this thread is in the midst of, this one included: code of a plugin that one comes
     *     to may begin another
     * @return false when there is none left
     */
    synchronized boolean mayBegin(int starts) {
        if (closed) {
            return false;
        }
        long thread = Thread.currentThread().threadId();
        // What this thread began and is not in the midst of any more has failed, or else it were not here.
        for (int n = of(thread); n > 0 && n >= starts; n--) {
            beginning.remove(last(thread));
        }
        if (taken() >= MOST) {
            return false;
        }
        beginning.add(new Beginning(thread, System.nanoTime()));
        return true;
    }

    /**
     * Remembers the process that this thread was about to start.
     *
     * @return false when it took so long that others have its place, and there is none left
     */
    synchronized boolean begun(Process child) {
        int place = last(Thread.currentThread().threadId());
        if (place >= 0) {
            beginning.remove(place);
        } else if (!closed && taken() >= MOST) {
            return false;
        }
        if (!closed) {
            running.add(child);
        }
        return true;
    }

    /** Keeps nothing any more: the plugin is unloaded. */
    synchronized void close() {
        closed = true;
        running.clear();
        beginning.clear();
    }

    private int taken() {
        for (int n = running.size() - 1; n >= 0; n--) {
            if (!running.get(n).isAlive()) {
                running.remove(n);
            }
        }
        long now = System.nanoTime();
        for (int n = beginning.size() - 1; n >= 0; n--) {
            if (now - beginning.get(n).since() > mostNanos) {
                beginning.remove(n);
            }
        }
        return running.size() + beginning.size();
    }

    private int of(long thread) {
        int count = 0;
        for (int n = 0; n < beginning.size(); n++) {
            if (beginning.get(n).thread() == thread) {
                count++;
            }
        }
        return count;
    }

    private int last(long thread) {
        for (int n = beginning.size() - 1; n >= 0; n--) {
            if (beginning.get(n).thread() == thread) {
                return n;
            }
        }
        return -1;
    }
}
