package dev.agentos.policy;

import dev.agentos.expressions.ValueType;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What is about to be done.
 *
 * @param point where it is asked
 * @param tenant for whom; empty for the platform itself
 * @param names what rules can be confined to, as in {@code tool: mail.send}
 * @param values of the point's variables; asked for only when a rule wants to know
 */
public record PolicyQuestion(
        PolicyPoint point, Optional<TenantId> tenant, Map<String, String> names, Supplier<JsonObject> values) {

    /**
     * A question that somebody makes up, to see what would be decided. What it leaves out is empty, but for the length
     * of a text.
     *
     * @param word the point's
     * @param values by variable, as in {@code {"tool": {"name": "mail.send"}}}
     * @throws InvalidInputException {@code policy:INVALID_POLICY} with a pointer to what no rule can speak of there
     */
    public static PolicyQuestion of(String word, Optional<TenantId> tenant, JsonObject values) {
        PolicyPoint point = PolicyPoint.ofWord(word)
                .orElseThrow(() -> InvalidInputException.of(
                        PolicyErrorCode.INVALID_POLICY,
                        "/point",
                        "There is no point '" + word + "'.",
                        "Use one of " + PolicyPoint.words() + "."));
        List<Fault> faults = new ArrayList<>();
        JsonObject whole = whole(ValueType.flat(point.variables()), counted(values), "/values", faults);
        InvalidInputException.refuse(
                faults,
                PolicyErrorCode.INVALID_POLICY,
                "The values do not fit the point",
                "docs/reference/policies.md lists what there is at each point.");
        return new PolicyQuestion(point, tenant, point.names(whole), () -> whole);
    }

    /** Whoever gives a text need not count it. */
    private static JsonObject counted(JsonObject values) {
        JsonObject counted = values;
        for (String name : List.of("output", "request")) {
            Optional<JsonObject> said =
                    values.object(name).filter(one -> one.member("characters").isEmpty());
            Optional<String> text = said.flatMap(one -> one.text("text"));
            if (text.isPresent()) {
                counted = counted.with(
                        name, said.orElseThrow().with("characters", text.get().length()));
            }
        }
        return counted;
    }

    private static JsonObject whole(
            Map<String, ValueType> types, JsonObject given, String pointer, List<Fault> faults) {
        given.members().keySet().stream()
                .filter(name -> !types.containsKey(name))
                .forEach(name -> faults.add(fault(
                        pointer + "/" + Fault.escape(name),
                        "There is nothing of that name here; there are " + String.join(", ", types.keySet()) + ".")));
        Map<String, JsonValue> members = new LinkedHashMap<>();
        types.forEach((name, type) -> {
            String at = pointer + "/" + Fault.escape(name);
            Optional<JsonValue> value = given.member(name);
            if (type instanceof ValueType.Structure structure) {
                if (value.isPresent() && !(value.get() instanceof JsonObject)) {
                    faults.add(fault(at, "This is an object."));
                } else if (value.isPresent() || !name.equals("time")) {
                    JsonObject inner = value.map(JsonObject.class::cast).orElse(JsonObject.EMPTY);
                    members.put(name, whole(structure.members(), inner, at, faults));
                }
            } else if (value.isPresent()) {
                if (!fits(type, value.get())) {
                    faults.add(fault(at, "This is not of the type " + ((ValueType.Plain) type).name() + "."));
                }
                members.put(name, value.get());
            } else {
                members.put(name, empty(type));
            }
        });
        return new JsonObject(members);
    }

    private static boolean fits(ValueType type, JsonValue value) {
        if (type.equals(ValueType.TEXTS)) {
            return value instanceof JsonArray(List<JsonValue> items)
                    && items.stream().allMatch(JsonString.class::isInstance);
        }
        return empty(type).getClass() == value.getClass()
                && (!type.equals(ValueType.INTEGER)
                        || ((JsonNumber) value).value().stripTrailingZeros().scale() <= 0);
    }

    private static JsonValue empty(ValueType type) {
        if (type.equals(ValueType.STRING)) {
            return new JsonString("");
        }
        if (type.equals(ValueType.BOOLEAN)) {
            return JsonBoolean.FALSE;
        }
        if (type.equals(ValueType.ARRAY) || type.equals(ValueType.TEXTS)) {
            return JsonArray.EMPTY;
        }
        return type.equals(ValueType.OBJECT) ? JsonObject.EMPTY : JsonNumber.of(0);
    }

    private static Fault fault(String pointer, String message) {
        return new Fault(pointer, PolicyErrorCode.INVALID_POLICY.code(), message);
    }
}
