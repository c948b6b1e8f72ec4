package dev.agentos.execution.room;

import java.util.concurrent.atomic.AtomicInteger;

/** How many executions a server carries on; who waits for room, or only stores its end, is none of them. */
public final class Places {

    private final AtomicInteger taken = new AtomicInteger();
    private final Runnable left;

    /**
     * No place is taken.
     *
     * @param left is told when one is given back for good
     */
    public Places(Runnable left) {
        this.left = left;
    }

    /** How many are taken. */
    public int taken() {
        return taken.get();
    }

    /** Takes one. */
    public Place take() {
        taken.incrementAndGet();
        return new Place();
    }

    /** The place of one execution. */
    public final class Place {
        private boolean waiting;
        private boolean over;

        private Place() {}

        /** It is needed by nobody as long as its execution waits; taken again in any case, as few wait. */
        public synchronized void waits(boolean now) {
            if (!over && now != waiting) {
                waiting = now;
                taken.addAndGet(now ? -1 : 1);
            }
        }

        /** Gives it back for good, once. */
        public void leave() {
            synchronized (this) {
                if (over) {
                    return;
                }
                over = true;
                if (!waiting) {
                    taken.decrementAndGet();
                }
            }
            left.run();
        }
    }
}
