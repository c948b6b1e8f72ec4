package dev.agentos.benchmarks.internal;

/**
 * What had been used at some moment.
 *
 * @param cpuSeconds processor time of all processes that are looked at; NaN where the system does not tell
 * @param walBytes how much write-ahead log was written; NaN when no database is looked at
 */
public record Usage(double cpuSeconds, double walBytes) {

    /** Nobody looked. */
    public static final Usage UNKNOWN = new Usage(Double.NaN, Double.NaN);

    /** Reads the counters; asked once at the beginning and once at the end of each window. */
    @FunctionalInterface
    public interface Meter {

        /** Looks at nothing. */
        Meter NONE = () -> UNKNOWN;

        /** What has been used up to now. */
        Usage read();
    }

    Usage since(Usage before) {
        return new Usage(cpuSeconds - before.cpuSeconds, walBytes - before.walBytes);
    }
}
