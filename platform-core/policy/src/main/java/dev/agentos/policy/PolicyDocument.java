package dev.agentos.policy;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A policy as data: {@code {"description", "defaults": {point: "DENY"}, "models", "rules": [{id, point, scope?, when?,
 * effect, reason, mode?, approval?}]}}.
 *
 * @param description for people
 * @param closed the points at which nothing may be done without a rule that allows it
 * @param models what is said of models, by name; the platform's policies alone may
 * @param rules in the order of the document
 */
public record PolicyDocument(
        String description, List<PolicyPoint> closed, Map<String, JsonObject> models, List<PolicyRule> rules) {

    static final int MOST_RULES = 1_000;
    static final int LONGEST_TEXT = 500;

    public PolicyDocument {
        closed = List.copyOf(closed);
        models = Collections.unmodifiableMap(new LinkedHashMap<>(models));
        rules = List.copyOf(rules);
    }

    /**
     * Reads and checks a document.
     *
     * @throws InvalidInputException {@code policy:INVALID_POLICY} with a pointer to each fault
     */
    public static PolicyDocument read(JsonObject json) {
        return new PolicyReader().read(json);
    }

    /** As it is written; reading it gives the same document. */
    public JsonObject toJson() {
        Map<String, Object> members = new LinkedHashMap<>();
        if (!description.isEmpty()) {
            members.put("description", description);
        }
        if (!closed.isEmpty()) {
            Map<String, Object> defaults = new LinkedHashMap<>();
            closed.forEach(point -> defaults.put(point.word(), RuleEffect.DENY.name()));
            members.put("defaults", defaults);
        }
        if (!models.isEmpty()) {
            members.put("models", models);
        }
        members.put("rules", rules.stream().map(PolicyRule::toJson).toList());
        return (JsonObject) JsonValue.of(members);
    }
}
