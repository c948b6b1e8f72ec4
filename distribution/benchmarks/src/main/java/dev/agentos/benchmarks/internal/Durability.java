package dev.agentos.benchmarks.internal;

import dev.agentos.execution.ExecutionRequest;
import dev.agentos.graph.GraphReference;
import dev.agentos.spi.JsonObject;
import java.util.Optional;

/** When an execution waits for what it wrote to be durable, as the benchmarks name it. */
public enum Durability {
    /** Each checkpoint is durable before the next node starts. */
    BARRIER("barrier", ExecutionRequest.Durability.BARRIER),
    /** Pure nodes go on while the commit is under way; an effect waits until all before it is durable. */
    EFFECTS("effects", ExecutionRequest.Durability.SYNC);

    private final String text;
    private final ExecutionRequest.Durability mode;

    Durability(String text, ExecutionRequest.Durability mode) {
        this.text = text;
        this.mode = mode;
    }

    public ExecutionRequest request(GraphReference graph, JsonObject input) {
        return new ExecutionRequest(Optional.empty(), graph, input, JsonObject.EMPTY, 0, Optional.empty(), mode);
    }

    @Override
    public String toString() {
        return text;
    }
}
