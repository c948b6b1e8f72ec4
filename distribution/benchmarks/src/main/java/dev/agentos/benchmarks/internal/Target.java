package dev.agentos.benchmarks.internal;

import java.util.Locale;

/**
 * What a value is to reach.
 *
 * @param ofLimit whether the bound is a share of the limit, or stands in the value's own unit
 * @param atLeast whether more is better
 * @param bound the worst value that still reaches it
 */
public record Target(boolean ofLimit, boolean atLeast, double bound) {

    /** At least that share of the limit. */
    public static Target share(double bound) {
        return new Target(true, true, bound);
    }

    public static Target atLeast(double bound) {
        return new Target(false, true, bound);
    }

    public static Target atMost(double bound) {
        return new Target(false, false, bound);
    }

    public boolean reachedBy(double value, double limit) {
        var seen = ofLimit ? value / limit : value;
        return atLeast ? seen >= bound : seen <= bound;
    }

    @Override
    public String toString() {
        var number = bound == Math.rint(bound)
                ? String.format(Locale.ROOT, "%.0f", bound)
                : String.format(Locale.ROOT, "%s", bound);
        return (atLeast ? "≥ " : "≤ ") + number + (ofLimit ? " of the limit" : "");
    }
}
