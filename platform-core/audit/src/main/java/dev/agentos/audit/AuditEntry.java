package dev.agentos.audit;

import dev.agentos.kernel.Json;
import dev.agentos.redaction.Redactor;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Something that was done or tried.
 *
 * @param tenant to whose chain it belongs; empty for the platform's
 * @param at when, to the microsecond
 * @param actor who: the id of a principal, or {@code server}
 * @param action what, as the API's description names it, as in {@code putPolicy}
 * @param target to what, by name, as in {@code {"name": "mail"}}
 * @param outcome {@code DONE}, {@code REFUSED} or {@code FAILED}
 * @param details what else is known: the error's code, the reason that was given, the trace id
 */
public record AuditEntry(
        Optional<TenantId> tenant,
        Instant at,
        String actor,
        String action,
        JsonObject target,
        Outcome outcome,
        JsonObject details) {

    private static final int LONGEST = 500;
    private static final int REPLACEMENT = 0xFFFD;
    static final Redactor CREDENTIALS = Redactor.ofCredentials();

    /** What came of it. */
    public enum Outcome {
        DONE,
        /** It was not allowed, or made no sense. */
        REFUSED,
        FAILED
    }

    /** As it is kept and hashed: members in the order of their names, as in RFC 8785. */
    JsonObject toJson() {
        return sorted(JsonObject.of(
                "at", at.toString(),
                "actor", actor,
                "action", action,
                "target", target,
                "outcome", outcome.name(),
                "details", details));
    }

    /** The entry that was kept as that text; what somebody made unreadable is shown as it stands, in the details. */
    static AuditEntry of(Optional<TenantId> tenant, String text) {
        try {
            JsonObject json = Json.parseObject(text);
            return new AuditEntry(
                    tenant,
                    json.text("at").map(at -> Instant.parse(at)).orElse(Instant.EPOCH),
                    json.text("actor").orElse(""),
                    json.text("action").orElse(""),
                    json.object("target").orElse(JsonObject.EMPTY),
                    json.text("outcome").map(Outcome::valueOf).orElse(Outcome.FAILED),
                    json.object("details").orElse(JsonObject.EMPTY));
        } catch (AgentOsException | IllegalArgumentException | DateTimeException e) {
            return new AuditEntry(
                    tenant,
                    Instant.EPOCH,
                    "",
                    "",
                    JsonObject.EMPTY,
                    Outcome.FAILED,
                    JsonObject.of("unreadable", readable(text)));
        }
    }

    /**
     * A text that somebody else has chosen, for a record: its first 500 characters, without those that JSON refuses.
     * Nothing that is sent must keep its record from being written. Keys in it are masked before it is cut, since half
     * a key is none that anything would find.
     */
    public static String readable(String text) {
        String masked = CREDENTIALS.text(text);
        StringBuilder clean = new StringBuilder();
        masked.codePoints()
                .limit(LONGEST)
                .map(c -> c == 0 || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) ? REPLACEMENT : c)
                .forEach(clean::appendCodePoint);
        boolean whole = masked.codePointCount(0, masked.length()) <= LONGEST;
        return whole ? clean.toString() : clean.append('…').toString();
    }

    private static JsonObject sorted(JsonObject object) {
        Map<String, JsonValue> members = new TreeMap<>();
        object.members().forEach((name, value) -> members.put(name, sorted(value)));
        return new JsonObject(members);
    }

    private static JsonValue sorted(JsonValue value) {
        return switch (value) {
            case JsonObject object -> sorted(object);
            case JsonArray array ->
                new JsonArray(array.items().stream().map(AuditEntry::sorted).toList());
            default -> value;
        };
    }
}
