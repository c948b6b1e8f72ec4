package dev.agentos.policy.internal;

import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One place at which arguments are others than those that were asked for, so that whoever decides need not look for it.
 * It is shown beside both of them and never in their place.
 *
 * @param pointer JSON Pointer (RFC 6901) of the place
 * @param before what was asked for there; empty when there was nothing
 * @param after what is proposed; empty when there is nothing any more
 */
public record ArgumentChange(String pointer, Optional<JsonValue> before, Optional<JsonValue> after) {

    /** Every place at which the two differ, in the order of the first. */
    public static List<ArgumentChange> between(JsonObject before, JsonObject after) {
        List<ArgumentChange> changes = new ArrayList<>();
        compare("", before, after, changes);
        return changes;
    }

    private static void compare(String at, JsonValue before, JsonValue after, List<ArgumentChange> changes) {
        if (before.equals(after)) {
            return;
        }
        if (before instanceof JsonObject one && after instanceof JsonObject other) {
            Set<String> names = new LinkedHashSet<>(one.members().keySet());
            names.addAll(other.members().keySet());
            names.forEach(name -> place(at + "/" + Fault.escape(name), one.member(name), other.member(name), changes));
        } else if (before instanceof JsonArray one && after instanceof JsonArray other) {
            for (int i = 0; i < Math.max(one.size(), other.size()); i++) {
                place(at + "/" + i, item(one, i), item(other, i), changes);
            }
        } else {
            changes.add(new ArgumentChange(at, Optional.of(before), Optional.of(after)));
        }
    }

    private static Optional<JsonValue> item(JsonArray array, int position) {
        return position < array.size() ? Optional.of(array.items().get(position)) : Optional.empty();
    }

    private static void place(
            String at, Optional<JsonValue> before, Optional<JsonValue> after, List<ArgumentChange> changes) {
        if (before.isPresent() && after.isPresent()) {
            compare(at, before.get(), after.get(), changes);
        } else {
            changes.add(new ArgumentChange(at, before, after));
        }
    }

    /** As it is shown; RFC 6902 calls the three cases so. */
    public JsonObject toJson() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("op", before.isEmpty() ? "add" : after.isEmpty() ? "remove" : "replace");
        members.put("pointer", pointer);
        before.ifPresent(value -> members.put("before", value));
        after.ifPresent(value -> members.put("after", value));
        return (JsonObject) JsonValue.of(members);
    }
}
