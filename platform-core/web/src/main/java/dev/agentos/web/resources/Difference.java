package dev.agentos.web.resources;

import dev.agentos.audit.AuditEntry;
import dev.agentos.kernel.Digests;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The difference between two states of a thing: only members that differ, none of them long, none of a person.
 *
 * @param before members as they were
 * @param after the same as they are
 */
public record Difference(JsonObject before, JsonObject after) {

    /** Nothing. */
    public static final Difference NONE = new Difference(JsonObject.EMPTY, JsonObject.EMPTY);

    /** They say who and when, which the record does itself, or change by themselves. */
    private static final Set<String> LEFT_OUT =
            Set.of("changedAt", "changedBy", "updatedAt", "lastUsedAt", "etag", "callsInFlight", "versions");

    private static final int MOST_MEMBERS = 40;
    private static final int LONGEST = 1_000;

    /**
     * Compares two states.
     *
     * @param personal members whose values are not told
     */
    public static Difference between(Optional<JsonObject> before, Optional<JsonObject> after, Set<String> personal) {
        if (before.equals(after)) {
            return NONE;
        }
        Map<String, JsonValue> was = new LinkedHashMap<>();
        Map<String, JsonValue> is = new LinkedHashMap<>();
        JsonObject one = before.orElse(JsonObject.EMPTY);
        JsonObject other = after.orElse(JsonObject.EMPTY);
        Set<String> names = new TreeSet<>(one.members().keySet());
        names.addAll(other.members().keySet());
        names.removeAll(LEFT_OUT);
        for (String name : names) {
            if (one.member(name).equals(other.member(name))) {
                continue;
            }
            if (was.size() + is.size() >= 2 * MOST_MEMBERS) {
                is.put("…", new JsonString("more was changed"));
                break;
            }
            if (one.member(name).orElse(null) instanceof JsonObject inner
                    && other.member(name).orElse(null) instanceof JsonObject outer
                    && !personal.contains(name)) {
                Difference within = between(Optional.of(inner), Optional.of(outer), personal);
                put(was, name, within.before());
                put(is, name, within.after());
            } else {
                one.member(name).ifPresent(value -> was.put(name, told(name, value, personal)));
                other.member(name).ifPresent(value -> is.put(name, told(name, value, personal)));
            }
        }
        return new Difference(new JsonObject(was), new JsonObject(is));
    }

    private static void put(Map<String, JsonValue> members, String name, JsonObject object) {
        if (!object.members().isEmpty()) {
            members.put(name, object);
        }
    }

    private static JsonValue told(String name, JsonValue value, Set<String> personal) {
        return personal.contains(name) ? new JsonString("not recorded") : bounded(value);
    }

    /** As it is, or by its digest when it is long: what was there can be proved, and not read. */
    private static JsonValue bounded(JsonValue value) {
        if (value instanceof JsonString(String text)) {
            return new JsonString(AuditEntry.readable(text));
        }
        String text = Json.write(value);
        return text.length() <= LONGEST
                ? value
                : JsonObject.of(
                        "characters", text.length(), "sha256", Digests.sha256(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** For a record: {@code before} and {@code after}, each only when it says something. */
    public JsonObject toJson() {
        Map<String, JsonValue> members = new LinkedHashMap<>();
        put(members, "before", before);
        put(members, "after", after);
        return new JsonObject(members);
    }
}
