package dev.agentos.graph.internal;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** How a write is merged into a channel. Each is a pure function of the value before and the write. */
enum Reducer {
    /** The write replaces the value; only one task of a superstep may write. */
    LAST(Set.of("string", "number", "integer", "boolean", "object", "array", "any")) {
        @Override
        JsonValue merge(Optional<JsonValue> before, JsonValue write) {
            return write;
        }
    },
    /** An array's elements are put behind those that are there; any other value is one element. */
    APPEND(Set.of("array", "any")) {
        @Override
        JsonValue merge(Optional<JsonValue> before, JsonValue write) {
            List<JsonValue> all = new ArrayList<>(elements(before));
            all.addAll(elements(Optional.of(write)));
            return new JsonArray(all);
        }
    },
    /** As {@link #APPEND}, but an object with the {@code id} of one that is there takes its place. */
    MESSAGES(Set.of("array", "any")) {
        @Override
        JsonValue merge(Optional<JsonValue> before, JsonValue write) {
            List<JsonValue> all = new ArrayList<>(elements(before));
            for (JsonValue message : elements(Optional.of(write))) {
                int place = placeOf(message, all);
                if (place < 0) {
                    all.add(message);
                } else {
                    all.set(place, message);
                }
            }
            return new JsonArray(all);
        }
    },
    /** The write's members are laid over the object that is there; inner objects are replaced whole. */
    MERGE(Set.of("object", "any")) {
        @Override
        JsonValue merge(Optional<JsonValue> before, JsonValue write) {
            return before.orElse(JsonObject.EMPTY) instanceof JsonObject object && write instanceof JsonObject members
                    ? object.overlaidBy(members)
                    : write;
        }
    },
    /** The write is added to the number that is there. */
    SUM(Set.of("number", "integer")) {
        @Override
        JsonValue merge(Optional<JsonValue> before, JsonValue write) {
            return before.isPresent() && before.get() instanceof JsonNumber sum && write instanceof JsonNumber summand
                    ? new JsonNumber(sum.value().add(summand.value()))
                    : write;
        }
    },
    /** As {@link #APPEND}, but what is already there is left out. */
    SET(Set.of("array", "any")) {
        @Override
        JsonValue merge(Optional<JsonValue> before, JsonValue write) {
            Set<JsonValue> all = new LinkedHashSet<>(elements(before));
            all.addAll(elements(Optional.of(write)));
            return new JsonArray(List.copyOf(all));
        }
    };

    private final Set<String> types;

    Reducer(Set<String> types) {
        this.types = types;
    }

    abstract JsonValue merge(Optional<JsonValue> before, JsonValue write);

    /** Whether a channel of that type may have this reducer. */
    boolean fits(String type) {
        return types.contains(type);
    }

    /** Whether a write of a single element is allowed beside an array of them. */
    boolean collects() {
        return this == APPEND || this == MESSAGES || this == SET;
    }

    static Optional<Reducer> named(String name) {
        for (Reducer reducer : values()) {
            if (reducer.written().equals(name)) {
                return Optional.of(reducer);
            }
        }
        return Optional.empty();
    }

    /** The name as graphs write it. */
    String written() {
        return name().toLowerCase(Locale.ROOT);
    }

    private static List<JsonValue> elements(Optional<JsonValue> value) {
        if (value.isEmpty()) {
            return List.of();
        }
        return value.get() instanceof JsonArray(List<JsonValue> items) ? items : List.of(value.get());
    }

    private static int placeOf(JsonValue message, List<JsonValue> all) {
        if (!(message instanceof JsonObject object) || !(object.members().get("id") instanceof JsonString id)) {
            return -1;
        }
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i) instanceof JsonObject other
                    && id.equals(other.members().get("id"))) {
                return i;
            }
        }
        return -1;
    }
}
