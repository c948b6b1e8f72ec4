package dev.agentos.expressions;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.cel.common.values.NullValue;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Translates between JSON and what CEL calculates with. */
final class CelValues {

    private CelValues() {}

    /** The declared type decides whether a number is an {@code int} or a {@code double}. */
    static Object toCel(JsonValue value, ValueType type) {
        if (value instanceof JsonNumber(BigDecimal number) && type instanceof ValueType.Plain(String name)) {
            return switch (name) {
                case "integer" -> number.longValueExact();
                case "number" -> number.doubleValue();
                default -> toCel(value);
            };
        }
        if (value instanceof JsonObject object && type instanceof ValueType.Structure structure) {
            Map<String, Object> members =
                    LinkedHashMap.newLinkedHashMap(object.members().size());
            object.members()
                    .forEach((name, member) ->
                            members.put(name, toCel(member, structure.members().getOrDefault(name, ValueType.ANY))));
            return members;
        }
        return toCel(value);
    }

    private static Object toCel(JsonValue value) {
        return switch (value) {
            case JsonString(String text) -> text;
            case JsonNumber number -> number.toJava();
            case JsonBoolean bool -> bool.value();
            case JsonNull ignored -> NullValue.NULL_VALUE;
            case JsonArray array -> {
                List<Object> elements = new ArrayList<>(array.size());
                array.forEach(element -> elements.add(toCel(element)));
                yield elements;
            }
            case JsonObject object -> {
                Map<String, Object> members =
                        LinkedHashMap.newLinkedHashMap(object.members().size());
                object.members().forEach((name, member) -> members.put(name, toCel(member)));
                yield members;
            }
        };
    }

    /**
     * The JSON form of a result; times and durations become ISO 8601 text.
     *
     * @throws IllegalArgumentException if it has none: bytes, types
     */
    static JsonValue toJson(Object value, EvaluationBudget budget) {
        budget.spend();
        return switch (value) {
            case NullValue ignored -> JsonNull.NULL;
            case String text -> new JsonString(text);
            case Boolean bool -> JsonBoolean.of(bool);
            case Long number -> JsonNumber.of(number);
            case Double number -> JsonNumber.of(number);
            case Number number -> new JsonNumber(new BigDecimal(number.toString()));
            case Instant time -> new JsonString(time.toString());
            case Duration duration -> new JsonString(duration.toString());
            case Collection<?> elements -> {
                List<JsonValue> items = new ArrayList<>(elements.size());
                elements.forEach(element -> items.add(toJson(element, budget)));
                yield new JsonArray(items);
            }
            case Map<?, ?> map -> {
                Map<String, JsonValue> members = LinkedHashMap.newLinkedHashMap(map.size());
                map.forEach((name, member) -> members.put(String.valueOf(name), toJson(member, budget)));
                yield new JsonObject(members);
            }
            default ->
                throw new IllegalArgumentException(
                        "its result has no JSON form (" + value.getClass().getSimpleName() + ")");
        };
    }
}
