package dev.agentos.graph.internal;

import dev.agentos.graph.Change;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The members that one superstep lays over objects, gathered to be laid over each object once: with ten thousand tasks
 * of a dispatch that write a member each, laying them one by one copied a growing object ten thousand times.
 */
public final class Overlays {

    private final Map<String, Map<String, JsonValue>> members = new LinkedHashMap<>();

    /** Takes a write, unless it is no object or is written over something else than one. */
    public boolean take(String channel, JsonValue write, Map<String, JsonValue> values) {
        JsonValue before = values.get(channel);
        if (!(write instanceof JsonObject object) || !(before == null || before instanceof JsonObject)) {
            return false;
        }
        // A new channel keeps its place among those that are written.
        values.putIfAbsent(channel, JsonObject.EMPTY);
        if (before == null || !object.isEmpty()) {
            members.computeIfAbsent(channel, name -> new LinkedHashMap<>()).putAll(object.members());
        }
        return true;
    }

    /** Lays all that were taken over what is there. */
    public void lay(Map<String, JsonValue> values, Map<String, Change> changes) {
        List.copyOf(members.keySet()).forEach(channel -> lay(channel, values, changes));
    }

    /** Lays what was taken for one channel, because what comes next is no object. */
    public void lay(String channel, Map<String, JsonValue> values, Map<String, Change> changes) {
        Map<String, JsonValue> laid = members.remove(channel);
        if (laid == null) {
            return;
        }
        JsonObject over = new JsonObject(laid);
        values.computeIfPresent(
                channel, (name, value) -> value instanceof JsonObject object ? object.overlaidBy(over) : value);
        changes.merge(channel, new Change.Members(over), Change::then);
    }
}
