package dev.agentos.spi;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Collections;
import java.util.ConcurrentModificationException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
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
        if (!(members instanceof Few)) {
            members = members.size() <= Few.MOST ? Few.of(members) : many(members);
        }
    }

    private static Map<String, JsonValue> many(Map<String, JsonValue> members) {
        Map<String, JsonValue> copy = new LinkedHashMap<>(members);
        copy.keySet().forEach(JsonString::checkText);
        copy.replaceAll((name, value) -> JsonValue.of(value));
        return Collections.unmodifiableMap(copy);
    }

    /**
     * The members of a small object, in order. Most objects are small: looking through a few names is quicker than
     * hashing, and two arrays are a third of a hash table. Because it cannot be changed, nobody has to copy it.
     */
    private static final class Few extends AbstractMap<String, JsonValue> {
        static final int MOST = 8;

        private final String[] names;
        private final JsonValue[] values;

        private Few(String[] names, JsonValue[] values) {
            this.names = names;
            this.values = values;
        }

        static Few of(Map<?, ?> members) {
            String[] names = new String[members.size()];
            JsonValue[] values = new JsonValue[names.length];
            int size = 0;
            for (Entry<?, ?> member : members.entrySet()) {
                if (size == names.length) {
                    throw new ConcurrentModificationException();
                }
                String name = (String) member.getKey();
                JsonString.checkText(name);
                for (int i = 0; i < size; i++) {
                    if (names[i].equals(name)) {
                        throw new IllegalArgumentException("The name '" + name + "' is in the map twice");
                    }
                }
                names[size] = name;
                values[size++] = JsonValue.of(member.getValue());
            }
            if (size < names.length) {
                throw new ConcurrentModificationException();
            }
            return new Few(names, values);
        }

        /** Of alternating names and values; of two with one name the last one counts, where the first one stood. */
        static Few of(@Nullable Object[] namesAndValues) {
            Few all = new Few(new String[namesAndValues.length / 2], new JsonValue[namesAndValues.length / 2]);
            int size = 0;
            for (int i = 0; i < namesAndValues.length; i += 2) {
                String name = JsonObject.name(namesAndValues, i);
                JsonString.checkText(name);
                int found = all.find(name, size);
                int at = found < 0 ? size++ : found;
                all.names[at] = name;
                all.values[at] = JsonValue.of(namesAndValues[i + 1]);
            }
            return size == all.names.length
                    ? all
                    : new Few(Arrays.copyOf(all.names, size), Arrays.copyOf(all.values, size));
        }

        /** With one member more, or another value where it stood; null when there is no room for one more. */
        @Nullable
        Few with(String name, JsonValue value) {
            int found = find(name);
            if (found < 0 && names.length == MOST) {
                return null;
            }
            JsonString.checkText(name);
            int at = found < 0 ? names.length : found;
            String[] moreNames = found < 0 ? Arrays.copyOf(names, at + 1) : names;
            JsonValue[] moreValues = Arrays.copyOf(values, moreNames.length);
            moreNames[at] = name;
            moreValues[at] = value;
            return new Few(moreNames, moreValues);
        }

        private int find(@Nullable Object name) {
            return find(name, names.length);
        }

        private int find(@Nullable Object name, int size) {
            for (int i = 0; i < size; i++) {
                if (names[i].equals(name)) {
                    return i;
                }
            }
            return -1;
        }

        @Override
        public int size() {
            return names.length;
        }

        @Override
        public boolean containsKey(@Nullable Object name) {
            return find(name) >= 0;
        }

        @Override
        public @Nullable JsonValue get(@Nullable Object name) {
            int found = find(name);
            return found < 0 ? null : values[found];
        }

        @Override
        public void forEach(BiConsumer<? super String, ? super JsonValue> action) {
            for (int i = 0; i < names.length; i++) {
                action.accept(names[i], values[i]);
            }
        }

        @Override
        public @Nullable JsonValue remove(@Nullable Object name) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void clear() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Set<Entry<String, JsonValue>> entrySet() {
            return new AbstractSet<>() {
                @Override
                public int size() {
                    return names.length;
                }

                @Override
                public Iterator<Entry<String, JsonValue>> iterator() {
                    return new Iterator<>() {
                        private int next;

                        @Override
                        public boolean hasNext() {
                            return next < names.length;
                        }

                        @Override
                        public Entry<String, JsonValue> next() {
                            if (next == names.length) {
                                throw new NoSuchElementException();
                            }
                            return new SimpleImmutableEntry<>(names[next], values[next++]);
                        }
                    };
                }
            };
        }
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
        if (namesAndValues.length / 2 <= Few.MOST) {
            return new JsonObject(Few.of(namesAndValues));
        }
        Map<String, JsonValue> members = LinkedHashMap.newLinkedHashMap(namesAndValues.length / 2);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            members.put(name(namesAndValues, i), JsonValue.of(namesAndValues[i + 1]));
        }
        return new JsonObject(members);
    }

    private static String name(@Nullable Object[] namesAndValues, int at) {
        if (namesAndValues[at] instanceof String name) {
            return name;
        }
        throw new IllegalArgumentException("Argument " + at + " must be a member's name");
    }

    /** The object of a map's plain Java values. */
    static JsonObject ofPlain(Map<?, ?> plain) {
        if (plain.size() <= Few.MOST) {
            return new JsonObject(Few.of(plain));
        }
        Map<String, JsonValue> members = LinkedHashMap.newLinkedHashMap(plain.size());
        plain.forEach((name, value) -> members.put((String) name, JsonValue.of(value)));
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
        JsonValue json = JsonValue.of(value);
        Few few = members instanceof Few old ? old.with(name, json) : null;
        if (few != null) {
            return new JsonObject(few);
        }
        Map<String, JsonValue> changed = new LinkedHashMap<>(members);
        changed.put(name, json);
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
