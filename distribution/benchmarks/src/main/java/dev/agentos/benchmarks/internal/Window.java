package dev.agentos.benchmarks.internal;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What was seen while a load went on.
 *
 * @param perSecond units of work finished a second
 * @param cpuMillis processor time a unit, in milliseconds; NaN when unknown
 * @param walKibibytes write-ahead log a unit, in KiB; NaN when unknown
 */
public record Window(double perSecond, double cpuMillis, double walKibibytes) {

    private static final double MILLIS = 1_000;
    private static final double KIBIBYTE = 1_024;

    static Window of(long units, double seconds, Usage used) {
        return new Window(units / seconds, used.cpuSeconds() * MILLIS / units, used.walBytes() / KIBIBYTE / units);
    }

    /** The median of each value by itself. */
    public static Window median(List<Window> windows) {
        return new Window(
                median(windows, Window::perSecond),
                median(windows, Window::cpuMillis),
                median(windows, Window::walKibibytes));
    }

    private static double median(List<Window> windows, ToDoubleFunction<Window> value) {
        return median(windows.stream().mapToDouble(value).toArray());
    }

    /** The middle of some values, or the mean of the two in the middle. */
    public static double median(double... values) {
        var sorted = values.clone();
        Arrays.sort(sorted);
        var middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
