package dev.agentos.policy.internal;

import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.policy.ApprovalTerms;
import dev.agentos.policy.ApprovalTerms.Escalation;
import dev.agentos.policy.PolicyErrorCode;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Reads on which terms people agree, and gathers all that is wrong with them. */
public final class ApprovalReader {

    private static final Set<String> TERMS = Set.of("within", "people", "risk", "chain", "escalate");
    private static final Set<String> RISKS = Set.of("LOW", "MEDIUM", "HIGH");

    /** A role by its name alone, too, because chains are mostly of those. */
    private static final Pattern STEP = Pattern.compile("((role|group):)?[a-z][a-z0-9-]{0,62}");

    private static final Pattern DECIDERS =
            Pattern.compile("(role|group):[a-z][a-z0-9-]{0,62}|(usr|key|sub)_[A-Za-z0-9]{1,100}");

    private final String at;
    private final List<Fault> faults;

    private ApprovalReader(String at, List<Fault> faults) {
        this.at = at;
        this.faults = faults;
    }

    /** The terms; of those that are at fault, what is usual. */
    public static ApprovalTerms read(JsonObject written, String at, List<Fault> faults) {
        return new ApprovalReader(at, faults).terms(written);
    }

    private ApprovalTerms terms(JsonObject written) {
        known(written, TERMS, "");
        Duration within = duration(written, "within", "/within").orElse(ApprovalTerms.USUAL.within());
        List<String> chain = chain(written);
        int people = people(written);
        if (!chain.isEmpty() && written.member("people").isPresent()) {
            fault("/people", "With a chain as many people agree as it has steps; leave 'people' out.");
        }
        String risk = text(written, "risk", "/risk").orElse(ApprovalTerms.USUAL.risk());
        if (!RISKS.contains(risk)) {
            fault("/risk", "'risk' is none of LOW, MEDIUM, HIGH.");
        }
        return new ApprovalTerms(
                within, chain.isEmpty() ? people : chain.size(), risk, chain, escalation(written, within));
    }

    private int people(JsonObject written) {
        if (written.member("people").isEmpty()) {
            return ApprovalTerms.USUAL.people();
        }
        int people = written.number("people")
                .map(JsonNumber::value)
                .filter(number -> number.stripTrailingZeros().scale() <= 0)
                .map(number -> number.abs().compareTo(BigDecimal.TEN) > 0 ? 0 : number.intValue())
                .orElse(0);
        if (people < 1 || people > ApprovalTerms.MOST_PEOPLE) {
            fault("/people", "'people' is a whole number from 1 to 5.");
        }
        return people;
    }

    private List<String> chain(JsonObject written) {
        List<String> chain = new ArrayList<>();
        if (written.member("chain").isEmpty()) {
            return chain;
        }
        List<JsonValue> steps = written.array("chain").orElse(JsonArray.EMPTY).items();
        if (steps.isEmpty() || steps.size() > ApprovalTerms.MOST_PEOPLE) {
            fault("/chain", "'chain' is an array of 1 to 5 roles or groups, as in [\"approver\", \"owner\"].");
            return chain;
        }
        for (int i = 0; i < steps.size(); i++) {
            if (steps.get(i) instanceof JsonString(String step)
                    && STEP.matcher(step).matches()) {
                chain.add(step.contains(":") ? step : "role:" + step);
            } else {
                fault("/chain/" + i, "A step is the name of a role, or group: and the name of a group.");
            }
        }
        return chain;
    }

    private Optional<Escalation> escalation(JsonObject written, Duration within) {
        if (written.member("escalate").isEmpty()) {
            return Optional.empty();
        }
        Optional<JsonObject> escalate = written.object("escalate");
        if (escalate.isEmpty()) {
            fault("/escalate", "'escalate' is an object: after, to.");
            return Optional.empty();
        }
        known(escalate.get(), Set.of("after", "to"), "/escalate");
        Optional<Duration> after = duration(escalate.get(), "after", "/escalate/after");
        if (after.filter(one -> one.compareTo(within) >= 0).isPresent()) {
            fault("/escalate/after", "It is over after " + within + " ('within'); escalate it before.");
        }
        String to = text(escalate.get(), "to", "/escalate/to").orElse("");
        if (!DECIDERS.matcher(to).matches()) {
            fault("/escalate/to", "'to' is role:NAME, group:NAME, or the id of a user or key.");
        }
        return Optional.of(new Escalation(after, to));
    }

    private Optional<Duration> duration(JsonObject json, String name, String pointer) {
        Optional<String> text = text(json, name, pointer);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            Duration duration = Duration.parse(text.get());
            if (duration.compareTo(ApprovalTerms.SHORTEST) >= 0 && duration.compareTo(ApprovalTerms.LONGEST) <= 0) {
                return Optional.of(duration);
            }
        } catch (DateTimeException | ArithmeticException e) {
            // Told below, like one that is too long.
        }
        fault(pointer, "'" + name + "' is a duration of ISO 8601 from PT1M to P30D, as PT4H.");
        return Optional.empty();
    }

    private Optional<String> text(JsonObject json, String name, String pointer) {
        Optional<JsonValue> value = json.member(name);
        if (value.isPresent() && !(value.get() instanceof JsonString)) {
            fault(pointer, "'" + name + "' is a string.");
        }
        return json.text(name);
    }

    private void known(JsonObject json, Set<String> names, String below) {
        json.members().keySet().stream()
                .filter(name -> !names.contains(name))
                .forEach(name -> fault(
                        below + "/" + Fault.escape(name),
                        "There is no member '" + name + "' here; there are " + String.join(", ", new TreeSet<>(names))
                                + "."));
    }

    private void fault(String pointer, String message) {
        faults.add(new Fault(at + pointer, PolicyErrorCode.INVALID_POLICY.code(), message));
    }
}
