package dev.agentos.execution;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The input that continues a waiting execution.
 *
 * @param resume answers by interrupt id
 * @param answer the answer, when there is one open interrupt and no need to name it
 * @param update writes to channels before the next superstep
 * @param jump the nodes to go on with instead of what was planned
 */
public record Command(Map<String, JsonValue> resume, Optional<JsonValue> answer, JsonObject update, List<String> jump) {
    public Command {
        resume = Map.copyOf(resume);
        jump = List.copyOf(jump);
    }
}
