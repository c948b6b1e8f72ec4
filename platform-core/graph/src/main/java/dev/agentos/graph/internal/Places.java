package dev.agentos.graph.internal;

import dev.agentos.graph.Change;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonValue;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Where the elements of one channel's array are. Kept from superstep to superstep by the one thread that executes, and
 * only ever an index of the array that it was made of: for another array it is made anew, for a longer one continued.
 */
public final class Places {

    private final Map<JsonValue, Integer> places = new HashMap<>();
    private JsonArray indexed = JsonArray.EMPTY;

    /**
     * The index of an array by a key of its elements; the first element of several with the same key. Valid until the
     * next call.
     */
    Map<JsonValue, Integer> of(Optional<JsonValue> value, Function<JsonValue, Optional<JsonValue>> key) {
        JsonArray array = Change.array(value);
        if (!array.continues(indexed)) {
            places.clear();
            indexed = JsonArray.EMPTY;
        }
        for (int i = indexed.size(); i < array.size(); i++) {
            int place = i;
            key.apply(array.items().get(i)).ifPresent(one -> places.putIfAbsent(one, place));
        }
        indexed = array;
        return places;
    }
}
