package dev.agentos.benchmarks.internal;

import java.util.Arrays;

/** Times of single pieces of work, collected while a window is measured. */
public final class Latencies {

    private static final double NANOS_PER_MILLI = 1e6;

    private long[] nanos = new long[1_024];
    private int size;
    private boolean collecting;

    /** Begins anew, or ends collecting: each window is framed by two calls. */
    public synchronized void toggle() {
        collecting = !collecting;
        if (collecting) {
            size = 0;
        }
    }

    /** Adds a time if a window is being measured. */
    public synchronized void add(long time) {
        if (!collecting) {
            return;
        }
        if (size == nanos.length) {
            nanos = Arrays.copyOf(nanos, 2 * size);
        }
        nanos[size] = time;
        size++;
    }

    /** The median of the last window in milliseconds; NaN if nothing was collected. */
    public double medianMillis() {
        return quantileMillis(0.5);
    }

    /**
     * The time in milliseconds within which that share of the last window's work was done; NaN if nothing was
     * collected.
     */
    public synchronized double quantileMillis(double share) {
        if (size == 0) {
            return Double.NaN;
        }
        var sorted = Arrays.copyOf(nanos, size);
        Arrays.sort(sorted);
        return sorted[(int) Math.min(size - 1, (long) (share * size))] / NANOS_PER_MILLI;
    }
}
