package dev.agentos.policy;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * On which terms people agree. Who decides is named as {@code role:NAME}, {@code group:NAME}, by the id of a principal,
 * or as {@code platform}, which stands for its administrators, who may decide everything.
 *
 * @param within how long they have; then it counts as refused. One minute to thirty days
 * @param people how many different ones have to agree, 1 to 5; at least as many as the chain has steps, and whoever
 *     comes behind the chain may be anybody
 * @param risk for those who decide: {@code LOW}, {@code MEDIUM} or {@code HIGH}
 * @param chain whose consent is needed one after the other, at most 5 of one rule; empty when the order is free
 * @param escalation who decides when those who may do not; owners, when somebody asks for it, unless it says more
 */
public record ApprovalTerms(
        Duration within, int people, String risk, List<String> chain, Optional<Escalation> escalation) {

    /** Who decides on what is escalated, unless a rule names somebody. */
    private static final String OWNERS = "role:owner";

    private static final String PLATFORM = "platform";
    private static final List<String> RISKS = List.of("LOW", "MEDIUM", "HIGH");
    private static final Escalation USUAL_ESCALATION = new Escalation(Optional.empty(), OWNERS);

    /** Unless a rule says otherwise: one person within a day. */
    public static final ApprovalTerms USUAL =
            new ApprovalTerms(Duration.ofDays(1), 1, "MEDIUM", List.of(), Optional.empty());

    /** Where nobody of the tenant may decide: one administrator of the platform within a day. */
    public static final ApprovalTerms OF_PLATFORM = new ApprovalTerms(
            Duration.ofDays(1),
            1,
            "MEDIUM",
            List.of(PLATFORM),
            Optional.of(new Escalation(Optional.empty(), PLATFORM)));

    /** The shortest time that people may have. */
    public static final Duration SHORTEST = Duration.ofMinutes(1);
    /** The longest time that people may have. */
    public static final Duration LONGEST = Duration.ofDays(30);
    /** How many people may have to agree. */
    public static final int MOST_PEOPLE = 5;

    public ApprovalTerms {
        chain = List.copyOf(chain);
    }

    /**
     * How others come to decide.
     *
     * @param after how long it is open before it is escalated by itself; never when empty
     * @param to who decides then
     */
    public record Escalation(Optional<Duration> after, String to) {}

    /**
     * Terms that are met only when both are: the shorter time, the higher risk, as many people as either wants, and
     * everybody of both chains in the order of each. Nobody decides instead of those whom one of the two names unless
     * it says so itself: what both escalate to the same goes there when both do, and anything else to the platform,
     * when somebody asks for it.
     */
    ApprovalTerms and(ApprovalTerms other) {
        List<String> steps = merged(chain, other.chain);
        return new ApprovalTerms(
                within.compareTo(other.within) <= 0 ? within : other.within,
                Math.max(Math.max(people, other.people), steps.size()),
                RISKS.indexOf(risk) >= RISKS.indexOf(other.risk) ? risk : other.risk,
                steps,
                escalation.equals(other.escalation) ? escalation : Optional.of(escalated(other)));
    }

    /** Whether all who are wanted have agreed when these terms are met; how long they had does not matter. */
    boolean cover(ApprovalTerms wanted) {
        ApprovalTerms both = and(wanted);
        return people >= both.people && chain.equals(both.chain);
    }

    /** Who decides on what is escalated. */
    String escalatesTo() {
        return escalation.orElse(USUAL_ESCALATION).to();
    }

    private Escalation escalated(ApprovalTerms other) {
        Escalation one = escalation.orElse(USUAL_ESCALATION);
        Escalation two = other.escalation.orElse(USUAL_ESCALATION);
        if (!one.to().equals(two.to())) {
            return new Escalation(Optional.empty(), PLATFORM);
        }
        return new Escalation(
                one.after().flatMap(mine -> two.after().map(theirs -> mine.compareTo(theirs) >= 0 ? mine : theirs)),
                one.to());
    }

    /** All of the first, with what the second wants put where its order wants it. */
    private static List<String> merged(List<String> first, List<String> second) {
        List<String> all = new ArrayList<>(first);
        int from = 0;
        for (String step : second) {
            int found = all.subList(from, all.size()).indexOf(step);
            if (found < 0) {
                all.add(from++, step);
            } else {
                from += found + 1;
            }
        }
        return all;
    }

    /** When what is open since then is escalated by itself. */
    Optional<Instant> escalatesAt(Instant since) {
        return escalation.flatMap(Escalation::after).map(since::plus);
    }

    /** As it is kept, which {@link #of} reads. */
    public JsonObject toJson() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("within", within.toString());
        if (people != chain.size()) {
            members.put("people", people);
        }
        if (!chain.isEmpty()) {
            members.put("chain", chain);
        }
        members.put("risk", risk);
        escalation.ifPresent(one -> {
            Map<String, Object> said = new LinkedHashMap<>();
            one.after().ifPresent(after -> said.put("after", after.toString()));
            said.put("to", one.to());
            members.put("escalate", said);
        });
        return (JsonObject) JsonValue.of(members);
    }

    /** The terms that were kept as that. */
    public static ApprovalTerms of(JsonObject kept) {
        List<String> chain = kept.array("chain").orElse(JsonArray.EMPTY).items().stream()
                .filter(JsonString.class::isInstance)
                .map(step -> ((JsonString) step).value())
                .toList();
        return new ApprovalTerms(
                Duration.parse(kept.text("within").orElse("PT0S")),
                kept.number("people")
                        .map(JsonNumber::value)
                        .map(Number::intValue)
                        .orElse(Math.max(1, chain.size())),
                kept.text("risk").orElse(""),
                chain,
                kept.object("escalate")
                        .map(one -> new Escalation(
                                one.text("after").map(after -> Duration.parse(after)),
                                one.text("to").orElse(OWNERS))));
    }
}
