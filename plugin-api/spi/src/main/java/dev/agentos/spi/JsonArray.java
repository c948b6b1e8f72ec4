package dev.agentos.spi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * A JSON array.
 *
 * @param items the elements in order; copied, unmodifiable
 */
public record JsonArray(List<JsonValue> items) implements JsonValue, Iterable<JsonValue> {

    /** The array without elements. */
    public static final JsonArray EMPTY = new JsonArray(List.of());

    public JsonArray {
        items = items instanceof SharedList ? items : copied(items);
    }

    /** A copy whose elements are what their type says, whatever the list is that they come from. */
    private static List<JsonValue> copied(List<? extends JsonValue> items) {
        List<JsonValue> copy = List.copyOf(items);
        for (JsonValue item : copy) {
            Objects.requireNonNull(item);
        }
        return copy;
    }

    /** The array of the JSON forms of plain Java values; see {@link JsonValue#of}. */
    public static JsonArray of(Object... values) {
        return new JsonArray(Arrays.stream(values).map(JsonValue::of).toList());
    }

    /**
     * This array with more elements behind its own. Costs the elements that are added, not those that are there, when
     * it is called on the array that the last call returned.
     */
    public JsonArray appended(List<? extends JsonValue> more) {
        List<JsonValue> copy = copied(more);
        return copy.isEmpty() ? this : new JsonArray(SharedList.appended(items, copy));
    }

    /**
     * Whether this array was made by {@link #appended appending} to that one, or is it. Costs nothing; may miss some.
     */
    public boolean continues(JsonArray other) {
        return items == other.items || SharedList.continues(items, other.items);
    }

    /** The number of elements. */
    public int size() {
        return items.size();
    }

    @Override
    public Iterator<JsonValue> iterator() {
        return items.iterator();
    }

    @Override
    public List<?> toJava() {
        List<Object> plain = new ArrayList<>(items.size());
        items.forEach(item -> plain.add(item.toJava()));
        return Collections.unmodifiableList(plain);
    }

    @Override
    public String toString() {
        return items.stream().map(JsonValue::toString).collect(Collectors.joining(",", "[", "]"));
    }
}
