package dev.agentos.policy;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/**
 * A durable stop.
 *
 * @param id {@code ksw_…}
 * @param target what it stops
 * @param platform whether an administrator of the platform engaged it; then no tenant can lift it
 * @param engaged by whom, when and why
 * @param lifted the same of its end; empty while it is engaged
 */
public record KillSwitch(String id, KillSwitchTarget target, boolean platform, Note engaged, Optional<Note> lifted) {

    /** Whether it stops what it is about. */
    public enum State {
        ENGAGED,
        LIFTED
    }

    private static final int LONGEST_REASON = 500;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    /**
     * Who did something to it, when, and why.
     *
     * @param by the id of a principal, or {@code command-line}
     * @param reason 1 to 500 characters
     */
    public record Note(String by, Instant at, String reason) {
        public Note {
            reason = reason.strip();
            if (reason.isEmpty() || reason.length() > LONGEST_REASON) {
                throw InvalidInputException.of(
                        PolicyErrorCode.REASON_REQUIRED,
                        "/reason",
                        "A kill switch is engaged and lifted with a reason of 1 to 500 characters.",
                        "Say why; it is kept, and shown to whoever is stopped.");
            }
        }

        JsonObject toJson() {
            return JsonObject.of("by", by, "at", TIME.format(at), "reason", reason);
        }
    }

    /** Whether it still holds. */
    public State state() {
        return lifted.isEmpty() ? State.ENGAGED : State.LIFTED;
    }

    /** As the API writes it. */
    public JsonObject toJson() {
        JsonObject json = target.toJson()
                .with("id", id)
                .with("state", state().name())
                .with("owner", platform ? "platform" : "tenant")
                .with("engaged", engaged.toJson());
        return lifted.isPresent() ? json.with("lifted", lifted.get().toJson()) : json;
    }

    /** The same, lifted. */
    public KillSwitch lifted(Note note) {
        return new KillSwitch(id, target, platform, engaged, Optional.of(note));
    }

    /** What becomes of whatever it stops: {@code policy:KILL_SWITCH_ENGAGED}. */
    public AgentOsException refusal() {
        String reason = engaged.reason();
        return new AgentOsException(
                PolicyErrorCode.KILL_SWITCH_ENGAGED,
                "The kill switch of " + target.named() + " is engaged since " + engaged.at() + ": " + reason
                        + (reason.matches(".*[.!?]") ? "" : "."),
                "Wait until it is lifted, then do it again; "
                        + (platform ? "an administrator of the platform" : "a key")
                        + " with the scope kill-switches:write lifts it, with a reason.");
    }
}
