package dev.agentos.policy;

import dev.agentos.spi.JsonObject;
import java.time.Duration;

/**
 * On which terms people agree.
 *
 * @param within how long they have; then it counts as refused. One minute to thirty days
 * @param people how many different ones have to agree, 1 to 5
 * @param risk for those who decide: {@code LOW}, {@code MEDIUM} or {@code HIGH}
 */
public record ApprovalTerms(Duration within, int people, String risk) {

    /** Unless a rule says otherwise: one person within a day. */
    static final ApprovalTerms USUAL = new ApprovalTerms(Duration.ofDays(1), 1, "MEDIUM");

    static final Duration SHORTEST = Duration.ofMinutes(1);
    static final Duration LONGEST = Duration.ofDays(30);
    static final int MOST_PEOPLE = 5;

    JsonObject toJson() {
        return JsonObject.of("within", within.toString(), "people", people, "risk", risk);
    }
}
