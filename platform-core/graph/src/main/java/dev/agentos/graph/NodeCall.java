package dev.agentos.graph;

import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One attempt of a node task, as a {@link NodeHandler} sees it. */
public interface NodeCall {

    /** The execution. */
    ExecutionId execution();

    /** Whose it is. */
    TenantId tenant();

    /** The agent that the execution is of, {@code pack/agent}; empty when it is of a graph. */
    default Optional<String> agent() {
        return Optional.empty();
    }

    /** The id of the graph that the execution is of, when it is of no agent. */
    default Optional<String> graph() {
        return Optional.empty();
    }

    /** The id of the principal that started the execution; empty when nobody is known. */
    default Optional<String> startedBy() {
        return Optional.empty();
    }

    /** The configuration in force for the whole execution. */
    JsonObject configuration();

    /** When the execution was admitted; the same in every attempt. */
    Instant admittedAt();

    /** The node. */
    NodeDefinition node();

    /** The task. */
    NodeTask task();

    /** Which attempt this is, from 1; counted anew when another server takes over. */
    int attempt();

    /** Attempts of this task that ended with their server, and whose cost nobody has booked. */
    default List<Lost> lost() {
        return List.of();
    }

    /**
     * An attempt that ended with its server.
     *
     * @param claim under which claim of the execution it began, from 1
     * @param characters how much text it is known to have streamed
     */
    record Lost(int claim, long characters) {

        /** The member of a {@code custom} event's data that names the task whose lost attempt it books. */
        public static final String TASK = "lostTask";

        /** The member that names the claim. */
        public static final String CLAIM = "lostClaim";
    }

    /**
     * The channels that are set, as they were when the superstep began; and laid over them the task's own input, when
     * it was dispatched.
     */
    JsonObject state();

    /** Evaluates CEL over the state. */
    Expressions expressions();

    /**
     * What expressions yield over the state, by name; what is no text is left out.
     *
     * @throws AgentOsException {@code graph:RESULT_TOO_LARGE} as soon as it is more together than a result may be
     */
    default JsonObject evaluate(JsonObject expressions) {
        Map<String, JsonValue> values = new LinkedHashMap<>();
        long size = 0;
        for (Map.Entry<String, JsonValue> member : expressions.members().entrySet()) {
            if (member.getValue() instanceof JsonString(String expression)) {
                JsonValue value = expressions().evaluate(expression, state());
                size += Json.size(value);
                NodeHandler.Result.refuseLarge("values", size);
                values.put(member.getKey(), value);
            }
        }
        return new JsonObject(values);
    }

    /** When the attempt must have returned. */
    Instant deadline();

    /** The time. */
    Instant now();

    /** Whether the execution was asked to stop, or the deadline has passed. */
    boolean cancelled();

    /** The answer to an interrupt that this task raised before; empty until there is one. */
    Optional<JsonValue> answer(String interrupt);

    /** Those answers whose interrupts' ids begin so, by what follows. */
    default Map<String, JsonValue> answers(String prefix) {
        return Map.of();
    }

    /** Streams an event, {@code message} or {@code custom}, before the task ends. */
    void emit(String type, JsonObject data);
}
