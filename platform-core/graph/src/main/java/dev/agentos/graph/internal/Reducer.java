package dev.agentos.graph.internal;

import dev.agentos.graph.Change;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** How a write is merged into a channel: what it changes in the value before. Each is a pure function of the two. */
public enum Reducer {
    /** The write replaces the value; only one task of a superstep may write. */
    LAST(Set.of("string", "number", "integer", "boolean", "object", "array", "any")) {
        @Override
        public Optional<Change> merge(Optional<JsonValue> before, JsonValue write, Places places) {
            return replaced(before, write);
        }
    },
    /** As {@link #LAST}, but the value is gone when the superstep after it has ended. */
    EPHEMERAL(Set.of("string", "number", "integer", "boolean", "object", "array", "any")) {
        @Override
        public Optional<Change> merge(Optional<JsonValue> before, JsonValue write, Places places) {
            return replaced(before, write);
        }
    },
    /** An array's elements are put behind those that are there; any other value is one element. */
    APPEND(Set.of("array", "any")) {
        @Override
        public Optional<Change> merge(Optional<JsonValue> before, JsonValue write, Places places) {
            return appended(Change.array(Optional.of(write)).items());
        }
    },
    /**
     * As {@link #APPEND}, but an object with the {@code id} of one that is there takes its place, and one with
     * {@code remove: true} beside such an id takes it away.
     */
    MESSAGES(Set.of("array", "any")) {
        @Override
        public Optional<Change> merge(Optional<JsonValue> before, JsonValue write, Places places) {
            return MessageWrites.merge(before, Change.array(Optional.of(write)).items(), places);
        }
    },
    /** The write's members are laid over the object that is there; inner objects are replaced whole. */
    MERGE(Set.of("object", "any")) {
        @Override
        public Optional<Change> merge(Optional<JsonValue> before, JsonValue write, Places places) {
            if (!(write instanceof JsonObject members)) {
                return replaced(before, write);
            }
            return members.isEmpty() && before.isPresent()
                    ? Optional.empty()
                    : Optional.of(new Change.Members(members));
        }
    },
    /** The write is added to the number that is there. */
    SUM(Set.of("number", "integer")) {
        @Override
        public Optional<Change> merge(Optional<JsonValue> before, JsonValue write, Places places) {
            return replaced(
                    before,
                    before.isPresent() && before.get() instanceof JsonNumber sum && write instanceof JsonNumber summand
                            ? new JsonNumber(sum.value().add(summand.value()))
                            : write);
        }
    },
    /** As {@link #APPEND}, but what is already there is left out. */
    SET(Set.of("array", "any")) {
        @Override
        public Optional<Change> merge(Optional<JsonValue> before, JsonValue write, Places places) {
            Map<JsonValue, Integer> known = places.of(before, element -> Optional.of(element));
            List<JsonValue> fresh = new ArrayList<>();
            for (JsonValue element : Change.array(Optional.of(write)).items()) {
                if (!known.containsKey(element) && !fresh.contains(element)) {
                    fresh.add(element);
                }
            }
            return appended(fresh);
        }
    };

    private final Set<String> types;

    Reducer(Set<String> types) {
        this.types = types;
    }

    /**
     * What a write changes; empty when nothing.
     *
     * @param places where the elements of the channel's array are, so that finding one need not search
     */
    public abstract Optional<Change> merge(Optional<JsonValue> before, JsonValue write, Places places);

    /** Whether a channel of that type may have this reducer. */
    public boolean fits(String type) {
        return types.contains(type);
    }

    /** Whether a write of a single element is allowed beside an array of them. */
    public boolean collects() {
        return this == APPEND || this == MESSAGES || this == SET;
    }

    /** Whether only one task of a superstep may write. */
    public boolean single() {
        return this == LAST || this == EPHEMERAL;
    }

    /** The reducer of that name. */
    public static Optional<Reducer> named(String name) {
        for (Reducer reducer : values()) {
            if (reducer.written().equals(name)) {
                return Optional.of(reducer);
            }
        }
        return Optional.empty();
    }

    /** The name as graphs write it. */
    public String written() {
        return name().toLowerCase(Locale.ROOT);
    }

    private static Optional<Change> replaced(Optional<JsonValue> before, JsonValue value) {
        return before.isPresent() && before.get().equals(value) ? Optional.empty() : Optional.of(new Change.Set(value));
    }

    private static Optional<Change> appended(List<JsonValue> elements) {
        return elements.isEmpty() ? Optional.empty() : Optional.of(new Change.Append(new JsonArray(elements)));
    }

    /** The reducer of chats, which knows the messages by their ids. */
    private static final class MessageWrites {

        private MessageWrites() {}

        static Optional<Change> merge(Optional<JsonValue> before, List<JsonValue> writes, Places places) {
            Map<JsonValue, Integer> known = places.of(before, MessageWrites::id);
            Optional<Change> change = Optional.empty();
            List<JsonValue> fresh = new ArrayList<>();
            Set<Integer> replaced = new HashSet<>();
            for (JsonValue message : writes) {
                Optional<JsonValue> id = id(message);
                Integer place = id.map(known::get).orElse(null);
                int written = id.isPresent() ? placeOf(id.get(), fresh) : -1;
                if (removes(message)) {
                    return Optional.of(new Change.Set(afresh(before, writes)));
                } else if (written >= 0) {
                    fresh.set(written, message);
                } else if (place != null && replaced.add(place) && same(before, place, message)) {
                    replaced.remove(place);
                } else if (place != null) {
                    Change replace = new Change.Replace(place, message);
                    change = Optional.of(change.map(one -> one.then(replace)).orElse(replace));
                } else {
                    fresh.add(message);
                }
            }
            Optional<Change> append = appended(fresh);
            if (change.isEmpty() || append.isEmpty()) {
                return change.or(() -> append);
            }
            return Optional.of(change.get().then(append.get()));
        }

        /** A chat that comes back from where it was read is mostly what it was. */
        private static boolean same(Optional<JsonValue> before, int place, JsonValue message) {
            return Change.array(before).items().get(place).equals(message);
        }

        /** A removal moves what stands behind, so the array is made anew. */
        private static JsonArray afresh(Optional<JsonValue> before, List<JsonValue> writes) {
            List<JsonValue> all = new ArrayList<>(Change.array(before).items());
            for (JsonValue message : writes) {
                int place = id(message).map(id -> placeOf(id, all)).orElse(-1);
                if (removes(message)) {
                    if (place >= 0) {
                        all.remove(place);
                    }
                } else if (place >= 0) {
                    all.set(place, message);
                } else {
                    all.add(message);
                }
            }
            return new JsonArray(all);
        }

        private static boolean removes(JsonValue message) {
            return message instanceof JsonObject object
                    && object.bool("remove").orElse(false)
                    && object.text("id").isPresent();
        }

        private static Optional<JsonValue> id(JsonValue message) {
            return message instanceof JsonObject object && object.members().get("id") instanceof JsonString id
                    ? Optional.of(id)
                    : Optional.empty();
        }

        private static int placeOf(JsonValue id, List<JsonValue> all) {
            for (int i = 0; i < all.size(); i++) {
                if (id(all.get(i)).filter(id::equals).isPresent()) {
                    return i;
                }
            }
            return -1;
        }
    }
}
