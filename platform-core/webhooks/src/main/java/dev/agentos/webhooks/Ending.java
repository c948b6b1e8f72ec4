package dev.agentos.webhooks;

import dev.agentos.execution.ExecutionState;
import dev.agentos.graph.GraphReference;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import java.time.Instant;
import java.util.Optional;

/**
 * How an execution has ended: what receivers are told, and no more. What it was given and what came of it stays here,
 * and so does the text of a failure, because all that may be what people have said.
 */
public record Ending(
        String execution,
        ExecutionState state,
        Optional<String> agent,
        GraphReference graph,
        Optional<String> session,
        Optional<Failure> failure,
        Instant createdAt,
        Instant finishedAt) {

    /** The kind of event. */
    public String type() {
        return switch (state) {
            case SUCCEEDED -> "execution.completed";
            case CANCELLED -> "execution.cancelled";
            default -> "execution.failed";
        };
    }

    /** What is sent, the same in every attempt. */
    public byte[] body() {
        JsonObject data = JsonObject.of("execution", execution, "state", state.name());
        if (agent.isPresent()) {
            data = data.with("agent", agent.get());
        }
        data = data.with("graph", graph.graph()).with("version", graph.version());
        if (session.isPresent()) {
            data = data.with("session", session.get());
        }
        if (failure.isPresent()) {
            Failure why = failure.get();
            data = data.with(
                    "failure",
                    JsonObject.of("code", why.code(), "type", why.type().name(), "retriable", why.retriable()));
        }
        data = data.with("createdAt", createdAt.toString()).with("finishedAt", finishedAt.toString());
        return Json.writeBytes(JsonObject.of("type", type(), "timestamp", finishedAt.toString(), "data", data));
    }
}
