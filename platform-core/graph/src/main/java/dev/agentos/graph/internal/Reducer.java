package dev.agentos.graph.internal;

import dev.agentos.graph.Change;
import dev.agentos.graph.Channels;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
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
            Set<JsonValue> fresh = new LinkedHashSet<>();
            for (JsonValue element : Change.array(Optional.of(write)).items()) {
                if (!known.containsKey(element)) {
                    fresh.add(element);
                }
            }
            return appended(List.copyOf(fresh));
        }
    };

    private static final Set<String> ROLES = Set.of("system", "user", "assistant", "tool");

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

    /**
     * What in a write to a channel of messages is no message, in words; empty when all is well.
     *
     * @param withRole whether each has to say whose it is
     */
    public static Optional<String> noMessage(JsonValue write, boolean withRole) {
        for (JsonValue one : Change.array(Optional.of(write)).items()) {
            if (!(one instanceof JsonObject message)) {
                return Optional.of(Channels.kind(one));
            }
            Optional<String> role = message.text("role");
            if (withRole
                    && !MessageWrites.removes(message)
                    && !role.filter(ROLES::contains).isPresent()) {
                return Optional.of("an object "
                        + role.map(other -> "with the role '" + other + "'").orElse("without a role"));
            }
        }
        return Optional.empty();
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
            if (writes.stream().anyMatch(MessageWrites::removes)) {
                return Optional.of(new Change.Set(afresh(before, writes)));
            }
            Map<JsonValue, Integer> known = places.of(before, MessageWrites::id);
            Folded changes = new Folded();
            List<JsonValue> fresh = new ArrayList<>();
            Map<JsonValue, Integer> written = new HashMap<>();
            Set<Integer> replaced = new HashSet<>();
            for (JsonValue message : writes) {
                Optional<JsonValue> id = id(message);
                Integer place = id.map(known::get).orElse(null);
                if (place == null) {
                    Integer again = id.map(one -> written.putIfAbsent(one, fresh.size()))
                            .orElse(null);
                    if (again == null) {
                        fresh.add(message);
                    } else {
                        fresh.set(again, message);
                    }
                } else if (replaced.contains(place) || !same(before, place, message)) {
                    replaced.add(place);
                    changes.with(new Change.Replace(place, message));
                }
            }
            appended(fresh).ifPresent(changes::with);
            return changes.change();
        }

        /** A chat that comes back from where it was read is mostly what it was. */
        private static boolean same(Optional<JsonValue> before, int place, JsonValue message) {
            return Change.array(before).items().get(place).equals(message);
        }

        /** A removal moves what stands behind, so the array is made anew. */
        private static JsonArray afresh(Optional<JsonValue> before, List<JsonValue> writes) {
            List<Optional<JsonValue>> all = new ArrayList<>();
            Map<JsonValue, Deque<Integer>> places = new HashMap<>();
            Change.array(before).items().forEach(message -> add(message, all, places));
            for (JsonValue message : writes) {
                Deque<Integer> known = id(message).map(places::get).orElseGet(ArrayDeque::new);
                boolean there = !known.isEmpty();
                if (removes(message)) {
                    if (there) {
                        all.set(known.remove(), Optional.empty());
                    }
                } else if (there) {
                    all.set(known.element(), Optional.of(message));
                } else {
                    add(message, all, places);
                }
            }
            return new JsonArray(all.stream().flatMap(Optional::stream).toList());
        }

        private static void add(
                JsonValue message, List<Optional<JsonValue>> all, Map<JsonValue, Deque<Integer>> places) {
            id(message)
                    .ifPresent(id -> places.computeIfAbsent(id, one -> new ArrayDeque<>())
                            .add(all.size()));
            all.add(Optional.of(message));
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
    }
}
