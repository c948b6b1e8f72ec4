package dev.agentos.execution.room;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The memory that the executions of one server hold together. Who is not in yet waits in a line, and holds nothing
 * meanwhile; who is in takes what comes to it, which is there already. When that is more than there is room for, the
 * youngest leave between two supersteps and stand in the line again, and the eldest always goes on: nobody waits for
 * room that somebody holds who waits himself. Small executions are not counted.
 */
public final class Room {

    /** Up to here, in bytes, an execution is small. */
    public static final long SMALL = 64 << 10;

    /** What is written down takes several times that in memory while it is read, merged and stored. */
    private static final int TIMES = 4;

    /** So many executions store what is large at a time, each of which makes several copies of it. */
    private static final int STORING = 2;

    /** So many wait here; who comes then is left to other servers. */
    private static final int LONGEST_LINE = 32;

    /** So often somebody in the line is passed by smaller ones, which fit while it does not. */
    private static final int MOST_PASSING = 8;

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

    private final long size;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final SortedMap<Long, Share> holders = new TreeMap<>();
    private final Deque<Share> line = new ArrayDeque<>();
    private final Semaphore storing = new Semaphore(STORING, true);
    private volatile long held;
    private long last;

    /**
     * Room of a size.
     *
     * @param size in bytes of memory, from 1
     */
    public Room(long size) {
        if (size < 1) {
            throw new IllegalArgumentException("A room has at least one byte, not " + size);
        }
        this.size = size;
    }

    /** As much as anybody wants. */
    public static Room endless() {
        return new Room(Long.MAX_VALUE);
    }

    /** How many bytes are held. */
    public long held() {
        return held;
    }

    /** Whether more is held than there is room for, or somebody waits for some. */
    public boolean crowded() {
        if (held == 0) {
            return false;
        }
        lock.lock();
        try {
            return held > size || !line.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** The share of one execution, of nothing yet. */
    public Share share() {
        return new Share();
    }

    /**
     * What one execution holds; to be closed when it ends, waits or goes elsewhere. What comes to it from then on, as
     * from a node that ends late, is nobody's any more.
     */
    public final class Share implements AutoCloseable {
        private final AtomicLong uncounted = new AtomicLong();
        private long number;
        private volatile long bytes;
        private long measured;
        private long wanted;
        private int passed;
        private boolean closed;

        private Share() {}

        /** Whether it is counted. */
        public boolean large() {
            return bytes > 0;
        }

        /**
         * Waits in the line until there is room for what an execution has stored, or nobody else holds anything. What
         * is smaller may pass it, not too often.
         *
         * @param stored its bytes
         * @param begins is told that it waits, and that it does no more
         * @return whether it is in; not when it is to stop before, or the line is too long
         */
        public boolean enter(long stored, BooleanSupplier stopping, Consumer<Boolean> begins)
                throws InterruptedException {
            if (stored <= SMALL) {
                return true;
            }
            wanted = stored * TIMES;
            if (enters()) {
                return true;
            }
            if (stopping.getAsBoolean() || full()) {
                return false;
            }
            begins.accept(false);
            boolean entered = waits(stopping);
            begins.accept(true);
            return entered;
        }

        private boolean full() {
            lock.lock();
            try {
                return line.size() >= LONGEST_LINE;
            } finally {
                lock.unlock();
            }
        }

        private boolean waits(BooleanSupplier stopping) throws InterruptedException {
            lock.lockInterruptibly();
            try {
                if (line.size() >= LONGEST_LINE) {
                    return false;
                }
                line.add(this);
                while (!enters()) {
                    if (stopping.getAsBoolean()) {
                        return false;
                    }
                    changed.awaitNanos(BETWEEN_LOOKS.toNanos());
                }
                return true;
            } finally {
                line.remove(this);
                changed.signalAll();
                lock.unlock();
            }
        }

        /** Goes in when it fits, nobody before it does, and none of those was passed too often. */
        private boolean enters() {
            lock.lock();
            try {
                List<Share> before = line.stream().takeWhile(one -> one != this).toList();
                if (!fits() || before.stream().anyMatch(one -> one.passed >= MOST_PASSING || one.fits())) {
                    return false;
                }
                before.forEach(one -> one.passed++);
                set(wanted);
                return true;
            } finally {
                lock.unlock();
            }
        }

        private boolean fits() {
            return holders.isEmpty() || held + wanted <= size;
        }

        /** Takes what is in memory already, whether there is room for it or not. */
        public void take(long stored) {
            if (stored > SMALL) {
                lock.lock();
                try {
                    set(bytes + stored * TIMES);
                } finally {
                    lock.unlock();
                }
            }
        }

        /**
         * Takes what a node came to. It is there already, and may be what cannot be done again: it is taken whether
         * there is room for it or not, and whoever is too much leaves at the next boundary.
         *
         * @param result its bytes, as they would be written down
         */
        public void add(long result) {
            long more = uncounted.addAndGet(result);
            if (more > SMALL) {
                uncounted.addAndGet(-more);
                take(more);
            }
        }

        /** Whether so much has come that it is to be measured anew. */
        public boolean grown() {
            return bytes - measured > Math.max(SMALL, measured / 2);
        }

        /** Holds that much from now on, by and large what its state takes in memory. */
        public void measured(long state) {
            lock.lock();
            try {
                measured = state <= SMALL ? 0 : state;
                set(measured);
            } finally {
                lock.unlock();
            }
        }

        /** Whether it is to leave, because the elder ones and itself hold more than there is room for. */
        public boolean tooMuch() {
            if (bytes == 0 || held <= size) {
                return false;
            }
            lock.lock();
            try {
                long before = holders.headMap(number).values().stream()
                        .mapToLong(one -> one.bytes)
                        .sum();
                return !eldest() && before + bytes > size;
            } finally {
                lock.unlock();
            }
        }

        /** How many attempts it may have at once, of so many: one after the other when it is to leave. */
        public int atOnce(int most) {
            return tooMuch() ? 1 : most;
        }

        /** Does what takes several times the memory of a large entry, a few at a time. */
        public void storing(Runnable work) {
            storing.acquireUninterruptibly();
            try {
                work.run();
            } finally {
                storing.release();
            }
        }

        private boolean eldest() {
            return holders.isEmpty() || holders.get(holders.firstKey()) == this;
        }

        private void set(long now) {
            if (closed) {
                return;
            }
            if (bytes == 0 && now > 0) {
                number = ++last;
                holders.put(number, this);
            } else if (now == 0) {
                holders.remove(number, this);
            }
            held += now - bytes;
            bytes = now;
            changed.signalAll();
        }

        @Override
        public void close() {
            lock.lock();
            try {
                set(0);
                closed = true;
            } finally {
                lock.unlock();
            }
        }
    }
}
