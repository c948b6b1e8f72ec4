package dev.agentos.spi;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.RandomAccess;

/**
 * An immutable list that shares its elements with the lists which were made by appending to it, so that a list which
 * grows by one element a time costs one element a time. Appending to the longest list of a family writes into spare
 * room behind it, which no shorter list can see; appending to a shorter one copies.
 */
final class SharedList extends AbstractList<JsonValue> implements RandomAccess {

    private static final int LEAST_ROOM = 8;

    private final Storage storage;
    private final int size;

    /** Elements, of which those below {@code used} belong to some list. */
    private static final class Storage {
        private final JsonValue[] elements;
        private int used;

        Storage(JsonValue[] elements, int used) {
            this.elements = elements;
            this.used = used;
        }

        /** Takes the room behind that many elements, if nobody has and there is enough. */
        synchronized boolean take(int size, List<? extends JsonValue> more) {
            if (used != size || elements.length - size < more.size()) {
                return false;
            }
            for (JsonValue element : more) {
                elements[used++] = element;
            }
            return true;
        }
    }

    private SharedList(Storage storage, int size) {
        this.storage = storage;
        this.size = size;
    }

    /** The elements of an immutable list, and more behind them. */
    static List<JsonValue> appended(List<JsonValue> list, List<? extends JsonValue> more) {
        int size = list.size();
        int grown = Math.addExact(size, more.size());
        if (list instanceof SharedList shared && shared.storage.take(size, more)) {
            return new SharedList(shared.storage, grown);
        }
        JsonValue[] elements = Arrays.copyOf(list.toArray(new JsonValue[0]), Math.max(LEAST_ROOM, grown + grown / 2));
        Storage storage = new Storage(elements, size);
        storage.take(size, more);
        return new SharedList(storage, grown);
    }

    /** Whether the one list is the other with elements behind it, as far as can be told without looking at them. */
    static boolean continues(List<JsonValue> longer, List<JsonValue> shorter) {
        return longer instanceof SharedList one
                && shorter instanceof SharedList other
                && one.storage == other.storage
                && one.size >= other.size;
    }

    @Override
    public JsonValue get(int index) {
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException(index);
        }
        return storage.elements[index];
    }

    @Override
    public int size() {
        return size;
    }
}
