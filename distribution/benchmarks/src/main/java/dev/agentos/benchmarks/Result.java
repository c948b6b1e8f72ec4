package dev.agentos.benchmarks;

import dev.agentos.spi.JsonObject;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * One measurement.
 *
 * @param name what was measured
 * @param unit of value and limit
 * @param value the median of the runs
 * @param limit the same for the least program that could do it, in the same run
 */
record Result(String name, String unit, double value, double limit) {

    static double median(List<Double> values) {
        var sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        var middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    double ratio() {
        return value / limit;
    }

    JsonObject json(String benchmark) {
        return JsonObject.of(
                "benchmark",
                benchmark,
                "case",
                name,
                "value",
                rounded(value),
                "unit",
                unit,
                "limit",
                rounded(limit),
                "ratio",
                rounded(ratio()));
    }

    String line() {
        return String.format(
                Locale.ROOT,
                "%-14s %10.1f %-4s  bound %10.1f %-4s  ratio %6.2f",
                name,
                value,
                unit,
                limit,
                unit,
                ratio());
    }

    private static BigDecimal rounded(double number) {
        return BigDecimal.valueOf(number).setScale(2, RoundingMode.HALF_UP);
    }
}
