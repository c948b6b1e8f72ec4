package dev.agentos.policy;

import dev.agentos.expressions.ExpressionFailedException;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What has to be right; the rule matches when it is not.
 *
 * @param scan detectors that must find nothing
 * @param schema JSON Schema that the arguments or the output must fit; a model's text is read as JSON
 * @param expression CEL over the point's variables that must hold
 * @param judge a model that must find the output good
 */
public record GateCheck(
        List<String> scan, Optional<JsonObject> schema, Optional<String> expression, Optional<Judge> judge) {

    /**
     * A second model, which says how good what the first one or a tool gave is.
     *
     * @param model {@code provider/model}
     * @param question that it answers by a number from 0 to 1
     * @param pass the lowest number that is good enough
     */
    public record Judge(String model, String question, BigDecimal pass) {
        JsonObject toJson() {
            return JsonObject.of("model", model, "question", question, "pass", pass);
        }
    }

    /**
     * What to do with an answer that is not let pass: the model is asked again.
     *
     * @param times how often at most, 1 to 3
     * @param say what it is told, besides the rule's reason and what was wrong; may be empty
     */
    public record Retry(int times, String say) {
        JsonObject toJson() {
            return say.isEmpty() ? JsonObject.of("times", times) : JsonObject.of("times", times, "say", say);
        }
    }

    public GateCheck {
        scan = List.copyOf(scan);
    }

    /** What the expression objects to; what has no value does not hold. */
    Optional<String> unheld(PolicyPoint point, JsonObject values) {
        return expression.flatMap(condition -> {
            try {
                return point.language().evaluate(condition, values).equals(JsonBoolean.TRUE)
                        ? Optional.empty()
                        : Optional.of("the expression does not hold");
            } catch (ExpressionFailedException e) {
                return Optional.of("the expression has no value: " + e.getMessage());
            }
        });
    }

    JsonObject toJson() {
        Map<String, Object> members = new LinkedHashMap<>();
        if (!scan.isEmpty()) {
            members.put("scan", scan);
        }
        schema.ifPresent(one -> members.put("schema", one));
        expression.ifPresent(one -> members.put("expression", one));
        judge.ifPresent(one -> members.put("judge", one.toJson()));
        return (JsonObject) JsonValue.of(members);
    }
}
