package dev.agentos.policy;

import dev.agentos.spi.JsonObject;
import java.time.Instant;

/**
 * Evidence of one check.
 *
 * @param id unique, and in the order of time
 * @param execution in which it was made
 * @param at when, to the microsecond
 * @param about what was checked, as in {@code output provider/model}
 * @param rule {@code owner}, {@code policy}, {@code version} and {@code rule}
 * @param mode {@code enforce} or {@code dry-run}
 * @param outcome what it came to
 * @param detail what was wrong, without what was said; empty when nothing was
 */
public record GateRecord(
        String id,
        String execution,
        Instant at,
        String about,
        JsonObject rule,
        String mode,
        Outcome outcome,
        String detail) {

    /** What a check came to. */
    public enum Outcome {
        PASSED,
        FAILED
    }
}
