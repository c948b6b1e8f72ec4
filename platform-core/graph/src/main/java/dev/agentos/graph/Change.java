package dev.agentos.graph;

import dev.agentos.graph.internal.Folded;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How the value of a channel differs from the one at the checkpoint before. A log of changes costs what changed, not
 * what there is; applied in order, the changes make the value again, without the reducer that once made them.
 */
public sealed interface Change {

    /**
     * The value after the change.
     *
     * @param before the value before; empty when the channel was unset
     * @return empty when the channel is unset
     */
    Optional<JsonValue> apply(Optional<JsonValue> before);

    /** This change and another one after it; no longer than what they change together, however often that is done. */
    default Change then(Change next) {
        return new Folded().with(this).with(next).change().orElseThrow();
    }

    /** Another value in its place. */
    record Set(JsonValue value) implements Change {
        @Override
        public Optional<JsonValue> apply(Optional<JsonValue> before) {
            return Optional.of(value);
        }
    }

    /** No value any more. */
    record Unset() implements Change {
        @Override
        public Optional<JsonValue> apply(Optional<JsonValue> before) {
            return Optional.empty();
        }
    }

    /** Elements behind those of an array; an unset channel is an empty array, any other value its only element. */
    record Append(JsonArray items) implements Change {
        @Override
        public Optional<JsonValue> apply(Optional<JsonValue> before) {
            return Optional.of(array(before).appended(items.items()));
        }
    }

    /** One element of an array in the place of another. */
    record Replace(int index, JsonValue item) implements Change {
        @Override
        public Optional<JsonValue> apply(Optional<JsonValue> before) {
            List<JsonValue> items = new ArrayList<>(array(before).items());
            items.set(index, item);
            return Optional.of(new JsonArray(items));
        }
    }

    /** Members laid over those of an object; anything else gives way. */
    record Members(JsonObject members) implements Change {
        @Override
        public Optional<JsonValue> apply(Optional<JsonValue> before) {
            return Optional.of(
                    before.isPresent() && before.get() instanceof JsonObject object
                            ? object.overlaidBy(members)
                            : members);
        }
    }

    /** Several, one after the other. */
    record Several(List<Change> changes) implements Change {
        public Several {
            changes = List.copyOf(changes);
        }

        @Override
        public Optional<JsonValue> apply(Optional<JsonValue> before) {
            Optional<JsonValue> value = before;
            for (Change change : changes) {
                value = change.apply(value);
            }
            return value;
        }
    }

    /** A value seen as the array that elements are appended to. */
    static JsonArray array(Optional<JsonValue> value) {
        if (value.isEmpty()) {
            return JsonArray.EMPTY;
        }
        return value.get() instanceof JsonArray array ? array : new JsonArray(List.of(value.get()));
    }
}
