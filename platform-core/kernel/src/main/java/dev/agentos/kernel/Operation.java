package dev.agentos.kernel;

import dev.agentos.spi.JsonObject;
import java.time.Instant;
import java.util.Optional;

/**
 * A piece of long work that a request started and that goes on behind it: an installation, a swap.
 *
 * @param id {@code op_…}
 * @param kind what is done, as in {@code plugin.install}
 * @param subject on what, as in {@code provider-local}
 * @param state where it stands
 * @param progress how far it is
 * @param result what came of it, once succeeded
 * @param failure why it failed, once failed
 * @param createdAt when it was asked for
 * @param finishedAt when it ended
 */
public record Operation(
        String id,
        String kind,
        String subject,
        State state,
        Progress progress,
        Optional<JsonObject> result,
        Optional<Failure> failure,
        Instant createdAt,
        Optional<Instant> finishedAt) {

    /** Where an operation stands; all but the first two are final. */
    public enum State {
        RUNNING,
        /** For people, who are asked to agree; it survives the stop of the server, and any server may go on with it. */
        WAITING,
        SUCCEEDED,
        FAILED,
        CANCELLED;

        /** Whether nothing more will change. */
        public boolean terminal() {
            return this != RUNNING && this != WAITING;
        }
    }

    /** The same in another state. */
    public Operation in(State next) {
        return new Operation(id, kind, subject, next, progress, result, failure, createdAt, finishedAt);
    }

    /** What is reported of it as it is now. */
    JsonObject event() {
        JsonObject event = JsonObject.of(
                "state",
                state.name(),
                "done",
                progress.done(),
                "total",
                progress.total(),
                "message",
                progress.message());
        JsonObject withResult = result.map(came -> event.with("result", came)).orElse(event);
        return failure.map(why -> withResult.with("failure", why.toJson())).orElse(withResult);
    }

    /**
     * How far an operation is.
     *
     * @param done units done
     * @param total all units; 0 when unknown
     * @param message what is being done, for a person
     */
    public record Progress(long done, long total, String message) {}
}
