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
 * @param priority -100 to 100; of a tenant a higher one is claimed sooner
 * @param deadline when the execution is to be {@code TIMED_OUT}
 * @param durability what is durable when
 * @param pauses where the execution waits for a person, beside where its graph says so
 * @param origin the checkpoint at which it branches off from another execution
 * @param session the id of the session with whose state it begins and to which it leaves its own
 * @param startedBy the id of the principal that asked for it; empty when nobody is known
 * @param maxSupersteps after how many it fails, 1 to {@value #MOST_SUPERSTEPS}; empty when its graph alone decides
 * @param webhook who is told of its end; empty in what a store gives back, which keeps it apart
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
        Optional<String> session,
        Optional<String> startedBy,
        Optional<Integer> maxSupersteps,
        Optional<Webhook> webhook) {

    /** The most supersteps that a request can ask for. */
    public static final int MOST_SUPERSTEPS = 100_000;

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
                Optional.empty(),
                Optional.empty(),
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
     * Who is told of the end.
     *
     * @param id of what is told, the same however often it is
     * @param url where to
     */
    public record Webhook(String id, String url) {}

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

    /** The same as a fork of that, which belongs to no session and of which nobody is told. */
    public ExecutionRequest from(Origin other, Optional<Instant> until) {
        return changed(
                graph,
                input,
                configuration,
                new Bounds(until, maxSupersteps),
                new Place(Optional.of(other), Optional.empty(), Optional.empty()),
                startedBy);
    }

    /** The same of another version of its graph. */
    ExecutionRequest on(GraphReference version, JsonObject settings) {
        return changed(version, input, settings, bounds(), place(), startedBy);
    }

    /** The same in a session, of the version to which that is pinned. */
    public ExecutionRequest in(String id, GraphReference pinned) {
        return changed(pinned, input, configuration, bounds(), new Place(origin, Optional.of(id), webhook), startedBy);
    }

    /** The same with another input. */
    ExecutionRequest withInput(JsonObject other) {
        return changed(graph, other, configuration, bounds(), place(), startedBy);
    }

    /** The same with another configuration. */
    ExecutionRequest withConfiguration(JsonObject other) {
        return changed(graph, input, other, bounds(), place(), startedBy);
    }

    /** The same with other bounds. */
    public ExecutionRequest within(Optional<Instant> until, Optional<Integer> most) {
        return changed(graph, input, configuration, new Bounds(until, most), place(), startedBy);
    }

    /** The same, asked for by that principal. */
    public ExecutionRequest by(String principal) {
        return changed(graph, input, configuration, bounds(), place(), Optional.of(principal));
    }

    /** The same, whose end is told. */
    public ExecutionRequest telling(Optional<Webhook> whom) {
        return changed(graph, input, configuration, bounds(), new Place(origin, session, whom), startedBy);
    }

    private record Bounds(Optional<Instant> deadline, Optional<Integer> maxSupersteps) {}

    private record Place(Optional<Origin> origin, Optional<String> session, Optional<Webhook> webhook) {}

    private Bounds bounds() {
        return new Bounds(deadline, maxSupersteps);
    }

    private Place place() {
        return new Place(origin, session, webhook);
    }

    private ExecutionRequest changed(
            GraphReference reference,
            JsonObject values,
            JsonObject settings,
            Bounds bounds,
            Place place,
            Optional<String> principal) {
        return new ExecutionRequest(
                agent,
                reference,
                values,
                settings,
                priority,
                bounds.deadline(),
                durability,
                pauses,
                place.origin(),
                place.session(),
                principal,
                bounds.maxSupersteps(),
                place.webhook());
    }
}
