package dev.agentos.graph;

import dev.agentos.kernel.Failure;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A question that an execution waits for.
 *
 * @param id unique in the execution; the resume names it
 * @param node who asks
 * @param payload what is asked, as a form's schema
 */
public record Interrupt(String id, String node, JsonValue payload) {

    /** The kind of an interrupt that answers itself when its {@code until} has come. */
    public static final String WAIT = "wait";

    /** The answer that such an interrupt gives itself. */
    public static final JsonValue PASSED = JsonNull.NULL;

    /** The kind of an interrupt that is answered by deciding on an approval, and in no other way. */
    public static final String APPROVAL = "approval";

    private static final int LONGEST_SCHEMA = 500;

    /** How it is to be answered, for who has not done so: its id, who asks, and what the answer has to fit. */
    public String asks() {
        Optional<String> schema = payload instanceof JsonObject object
                ? object.object("schema").map(JsonObject::toString)
                : Optional.empty();
        return "'" + id + "' of node '" + node + "'"
                + schema.map(text -> ", whose answer is to fit "
                                + (text.length() > LONGEST_SCHEMA
                                        ? Failure.storable(text.substring(0, LONGEST_SCHEMA)) + "…"
                                        : text))
                        .orElse("");
    }

    /** Whether it is answered by deciding on an approval. */
    public boolean awaitsApproval() {
        return payload instanceof JsonObject object
                && object.text("kind").filter(APPROVAL::equals).isPresent();
    }

    /** Whether it answers itself so soon; one that an event may answer first is not waited for. */
    public boolean isNearlyDue(Instant now, Duration near) {
        Optional<Instant> due = due();
        if (due.isEmpty()) {
            return false;
        }
        boolean event =
                payload instanceof JsonObject object && object.member("event").isPresent();
        return Duration.between(now, due.get()).compareTo(event ? Duration.ZERO : near) <= 0;
    }

    /** When it answers itself; empty if only somebody else does. */
    public Optional<Instant> due() {
        if (payload instanceof JsonObject object
                && object.text("kind").filter(WAIT::equals).isPresent()) {
            try {
                return object.text("until").map(Instant::parse);
            } catch (DateTimeException e) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }
}
