package dev.agentos.execution;

import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.Pauses;
import dev.agentos.spi.JsonObject;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * What is to be executed.
 *
 * @param agent the agent that was named, {@code pack/agent}; empty when a graph was
 * @param graph the version that the execution is pinned to
 * @param input values for the channels, by name
 * @param configuration in force for the whole execution
 * @param priority -100 to 100; a higher one is claimed sooner
 * @param deadline when the execution is to be {@code TIMED_OUT}
 * @param durability what is durable when
 * @param pauses where the execution waits for a person, beside where its graph says so
 * @param origin the checkpoint at which it branches off from another execution
 * @param session the id of the session with whose state it begins and to which it leaves its own
 */
public record ExecutionRequest(
        Optional<String> agent,
        GraphReference graph,
        JsonObject input,
        JsonObject configuration,
        int priority,
        Optional<Instant> deadline,
        Durability durability,
        Pauses pauses,
        Optional<Origin> origin,
        Optional<String> session) {

    /** A request of its own, that branches off from nothing. */
    public ExecutionRequest(
            Optional<String> agent,
            GraphReference graph,
            JsonObject input,
            JsonObject configuration,
            int priority,
            Optional<Instant> deadline,
            Durability durability,
            Pauses pauses) {
        this(
                agent,
                graph,
                input,
                configuration,
                priority,
                deadline,
                durability,
                pauses,
                Optional.empty(),
                Optional.empty());
    }

    /** The same without pauses. */
    public ExecutionRequest(
            Optional<String> agent,
            GraphReference graph,
            JsonObject input,
            JsonObject configuration,
            int priority,
            Optional<Instant> deadline,
            Durability durability) {
        this(agent, graph, input, configuration, priority, deadline, durability, Pauses.NONE);
    }

    /**
     * Where a fork begins.
     *
     * @param execution the other one
     * @param checkpoint the number of its checkpoint
     */
    public record Origin(ExecutionId execution, int checkpoint) {}

    /**
     * What is durable when. In every mode the log is written in order, so that what a crash leaves is a prefix of what
     * happened; an effect that must not be repeated is marked before it happens; and an execution that waits or has
     * ended is durable before anybody is told so.
     */
    public enum Durability {
        /** Each checkpoint is durable before the next superstep begins. */
        BARRIER,
        /** Everything is durable before the next effect (a model, a tool, a person's answer, the end). */
        SYNC,
        /** Checkpoints are written while the execution goes on; a crash may repeat the effects of the last moment. */
        ASYNC,
        /** Checkpoints are written when the execution waits or ends; a crash begins at the last of those. */
        EXIT;

        /** The name as requests write it. */
        public String written() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The same as a fork of that, which belongs to no session. */
    public ExecutionRequest from(Origin other, Optional<Instant> until) {
        return new ExecutionRequest(
                agent,
                graph,
                input,
                configuration,
                priority,
                until,
                durability,
                pauses,
                Optional.of(other),
                Optional.empty());
    }

    /** The same in a session, of the version to which that is pinned. */
    ExecutionRequest in(String id, GraphReference pinned) {
        return new ExecutionRequest(
                agent, pinned, input, configuration, priority, deadline, durability, pauses, origin, Optional.of(id));
    }

    /** The same with another input. */
    ExecutionRequest withInput(JsonObject other) {
        return new ExecutionRequest(
                agent, graph, other, configuration, priority, deadline, durability, pauses, origin, session);
    }

    /** The same with another configuration. */
    ExecutionRequest withConfiguration(JsonObject other) {
        return new ExecutionRequest(
                agent, graph, input, other, priority, deadline, durability, pauses, origin, session);
    }

    /** The same with another deadline. */
    public ExecutionRequest withDeadline(Optional<Instant> other) {
        return new ExecutionRequest(
                agent, graph, input, configuration, priority, other, durability, pauses, origin, session);
    }
}
