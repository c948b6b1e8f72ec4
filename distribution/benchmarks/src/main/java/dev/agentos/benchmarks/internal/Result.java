package dev.agentos.benchmarks.internal;

import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Optional;

/**
 * One measurement.
 *
 * @param benchmark of which benchmark
 * @param name what was measured
 * @param unit of value and limit
 * @param value the median of the runs; NaN when it could not be measured
 * @param limit the same for the least program that could do it, in the same run; NaN when there is none
 * @param target what the value is to reach
 * @param note what else there is to say, for people
 */
public record Result(
        String benchmark, String name, String unit, double value, double limit, Optional<Target> target, String note) {

    public static Result of(String benchmark, String name, String unit, double value) {
        return new Result(benchmark, name, unit, value, Double.NaN, Optional.empty(), "");
    }

    /** What could not be measured, and why. */
    public static Result missing(String benchmark, String name, String unit, String why) {
        return of(benchmark, name, unit, Double.NaN).noting(why);
    }

    public Result against(double measuredLimit) {
        return new Result(benchmark, name, unit, value, measuredLimit, target, note);
    }

    public Result reaching(Target wanted) {
        return new Result(benchmark, name, unit, value, limit, Optional.of(wanted), note);
    }

    public Result noting(String text) {
        return new Result(benchmark, name, unit, value, limit, target, text);
    }

    public double ratio() {
        return value / limit;
    }

    public JsonObject json() {
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

    public String line() {
        var text = new StringBuilder(String.format(Locale.ROOT, "%-7s %-22s ", benchmark, name));
        if (Double.isNaN(value)) {
            return text + "not available: " + note;
        }
        text.append(String.format(Locale.ROOT, "%12.2f %-9s", value, unit));
        text.append(
                Double.isNaN(limit)
                        ? " ".repeat(33)
                        : String.format(Locale.ROOT, "  limit %12.2f  ratio %5.2f", limit, ratio()));
        target.ifPresent(wanted -> text.append(String.format(
                Locale.ROOT, "  target %-20s %s", wanted, wanted.reachedBy(value, limit) ? "reached" : "MISSED")));
        if (!note.isEmpty()) {
            text.append("  (").append(note).append(')');
        }
        return text.toString().stripTrailing();
    }

    private static JsonValue rounded(double number) {
        return Double.isFinite(number)
                ? new JsonNumber(BigDecimal.valueOf(number).setScale(2, RoundingMode.HALF_UP))
                : JsonNull.NULL;
    }
}
