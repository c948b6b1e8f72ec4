package dev.agentos.benchmarks;

import dev.agentos.execution.ExecutionRequest;
import dev.agentos.graph.GraphReference;
import dev.agentos.spi.JsonObject;
import java.util.Optional;

/** When an execution waits for what it wrote to be durable. */
enum Durability {
    /** Each checkpoint is durable before the next node starts. */
    BARRIER(ExecutionRequest.Durability.BARRIER),
    /** Pure nodes go on while the commit is under way; an effect waits until all before it is durable. */
    EFFECTS(ExecutionRequest.Durability.SYNC);

    private final ExecutionRequest.Durability mode;

    Durability(ExecutionRequest.Durability mode) {
        this.mode = mode;
    }

    ExecutionRequest request(GraphReference graph, JsonObject input) {
        return new ExecutionRequest(Optional.empty(), graph, input, JsonObject.EMPTY, 0, Optional.empty(), mode);
    }

    /** The mode as a request over HTTP names it. */
    String written() {
        return mode.written();
    }

    @Override
    public String toString() {
        return this == BARRIER ? "barrier" : "effects";
    }
}
