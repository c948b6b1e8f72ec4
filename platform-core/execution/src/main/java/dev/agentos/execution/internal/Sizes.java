package dev.agentos.execution.internal;

import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionStore.Entry;
import dev.agentos.graph.Change;
import dev.agentos.graph.PendingWrite;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;

/** About how many bytes values would take when they were written down; counted without writing them. */
public final class Sizes {

    private static final int LITERAL = 6;
    private static final int FRAME = 32;
    private static final int OBJECT = 64;
    private static final int REFERENCE = 8;

    private Sizes() {}

    /** Of a value. */
    public static long of(JsonValue value) {
        return Json.size(value);
    }

    /** About how many bytes of memory a value takes; one that stands in several places counts in each. */
    public static long inMemory(JsonValue value) {
        return switch (value) {
            case JsonString(String text) -> OBJECT + text.length();
            case JsonArray array -> {
                long size = OBJECT;
                for (JsonValue item : array) {
                    size += REFERENCE + inMemory(item);
                }
                yield size;
            }
            case JsonObject object -> {
                long size = OBJECT;
                for (var member : object.members().entrySet()) {
                    size += OBJECT + OBJECT + member.getKey().length() + inMemory(member.getValue());
                }
                yield size;
            }
            case JsonNumber ignored -> OBJECT;
            default -> 0;
        };
    }

    /** Of an entry of a log. */
    public static long of(Entry entry) {
        long size = 0;
        for (ExecutionEvent.Draft event : entry.events()) {
            size += FRAME + of(event.data());
        }
        for (PendingWrite write : entry.writes()) {
            size += FRAME + of(write.writes());
        }
        for (var change : entry.changes().entrySet()) {
            size += change.getKey().length() + of(change.getValue());
        }
        return size;
    }

    private static long of(Change change) {
        return switch (change) {
            case Change.Set(JsonValue value) -> of(value);
            case Change.Unset() -> LITERAL;
            case Change.Append(JsonArray items) -> of(items);
            case Change.Replace(int index, JsonValue item) -> LITERAL + of(item);
            case Change.Members(JsonObject members) -> of(members);
            case Change.Several several -> {
                long size = 2;
                for (Change one : several.changes()) {
                    size += of(one);
                }
                yield size;
            }
        };
    }
}
