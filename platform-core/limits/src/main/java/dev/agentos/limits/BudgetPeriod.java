package dev.agentos.limits;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How long a budget lasts until it begins anew; days and months are those of UTC. */
public enum BudgetPeriod {
    DAY("uuuu-MM-dd"),
    MONTH("uuuu-MM"),
    /** For ever. */
    TOTAL("'total'"),
    /** As long as the execution. */
    EXECUTION("'execution'");

    private final DateTimeFormatter format;

    BudgetPeriod(String pattern) {
        this.format = DateTimeFormatter.ofPattern(pattern, Locale.ROOT).withZone(ZoneOffset.UTC);
    }

    /** The period of that word. */
    public static Optional<BudgetPeriod> ofWord(String word) {
        return Arrays.stream(values()).filter(one -> one.word().equals(word)).findFirst();
    }

    /** How the API writes it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The period that a point in time is in, as in {@code 2026-11}. */
    public String at(Instant time) {
        return format.format(time);
    }
}
