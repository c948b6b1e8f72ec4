package dev.agentos.benchmarks;

import dev.agentos.graph.ExecutionRequest;
import dev.agentos.graph.GraphReference;
import dev.agentos.spi.JsonObject;
import java.util.Optional;

/**
 * When an execution waits for what it wrote to be durable. The runtime has one mode at present, that of
 * {@link #BARRIER}; as soon as a request can name one, {@link #request} passes it on and both are {@link #available}.
 */
enum Durability {
    /** Each checkpoint is durable before the next node starts. */
    BARRIER,
    /** Pure nodes go on while the commit is under way; an effect waits until all before it is durable. */
    EFFECTS;

    /** Whether the runtime can do that. */
    boolean available() {
        return this == BARRIER;
    }

    ExecutionRequest request(GraphReference graph, JsonObject input) {
        return new ExecutionRequest(Optional.empty(), graph, input, JsonObject.EMPTY, 0, Optional.empty());
    }

    @Override
    public String toString() {
        return this == BARRIER ? "barrier" : "effects";
    }
}
