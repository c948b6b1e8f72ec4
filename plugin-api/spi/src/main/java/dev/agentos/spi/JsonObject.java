package dev.agentos.spi;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object. Member order is kept and printed; equality, as for any map, ignores it.
 *
 * @param members the members in order; copied, unmodifiable
 */
public record JsonObject(Map<String, JsonValue> members) implements JsonValue {

    /** The object without members. */
    public static final JsonObject EMPTY = new JsonObject(Map.of());

    public JsonObject {
        members.keySet().forEach(JsonString::checkText);
        members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
    }

    /**
     * The object of alternating names and plain Java values, as in {@code JsonObject.of("a", 1, "b", "two")}.
     *
     * @throws IllegalArgumentException if a name has no value or a value has no JSON form
     */
    public static JsonObject of(@Nullable Object... namesAndValues) {
        if (namesAndValues.length % 2 != 0) {
            throw new IllegalArgumentException("Names and values alternate; the last name has no value");
        }
        Map<String, JsonValue> members = LinkedHashMap.newLinkedHashMap(namesAndValues.length / 2);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            if (!(namesAndValues[i] instanceof String name)) {
                throw new IllegalArgumentException("Argument " + i + " must be a member's name");
            }
            members.put(name, JsonValue.of(namesAndValues[i + 1]));
        }
        return new JsonObject(members);
    }

    /** The member of that name, JSON null included. */
    public Optional<JsonValue> member(String name) {
        return Optional.ofNullable(members.get(name));
    }

    /** The member of that name if it is a string. */
    public Optional<String> text(String name) {
        return members.get(name) instanceof JsonString(String value) ? Optional.of(value) : Optional.empty();
    }

    /** The member of that name if it is an object. */
    public Optional<JsonObject> object(String name) {
        return members.get(name) instanceof JsonObject object ? Optional.of(object) : Optional.empty();
    }

    /** The member of that name if it is an array. */
    public Optional<JsonArray> array(String name) {
        return members.get(name) instanceof JsonArray array ? Optional.of(array) : Optional.empty();
    }

    /** The member of that name if it is a number. */
    public Optional<JsonNumber> number(String name) {
        return members.get(name) instanceof JsonNumber number ? Optional.of(number) : Optional.empty();
    }

    /** The member of that name if it is a boolean. */
    public Optional<Boolean> bool(String name) {
        return members.get(name) instanceof JsonBoolean bool ? Optional.of(bool.value()) : Optional.empty();
    }

    /** This object with one member added, or replaced where it stood. */
    public JsonObject with(String name, @Nullable Object value) {
        Map<String, JsonValue> changed = new LinkedHashMap<>(members);
        changed.put(name, JsonValue.of(value));
        return new JsonObject(changed);
    }

    /** This object with the members of the other laid over it; members are replaced whole, not merged inside. */
    public JsonObject overlaidBy(JsonObject other) {
        if (other.members.isEmpty()) {
            return this;
        }
        Map<String, JsonValue> changed = new LinkedHashMap<>(members);
        changed.putAll(other.members);
        return new JsonObject(changed);
    }

    /** True when there are no members. */
    public boolean isEmpty() {
        return members.isEmpty();
    }

    @Override
    public Map<String, ?> toJava() {
        Map<String, @Nullable Object> plain = LinkedHashMap.newLinkedHashMap(members.size());
        members.forEach((name, value) -> plain.put(name, value.toJava()));
        return Collections.unmodifiableMap(plain);
    }

    @Override
    public String toString() {
        return members.entrySet().stream()
                .map(member -> JsonText.quote(member.getKey()) + ":" + member.getValue())
                .collect(Collectors.joining(",", "{", "}"));
    }
}
