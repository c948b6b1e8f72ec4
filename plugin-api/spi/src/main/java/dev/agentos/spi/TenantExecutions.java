package dev.agentos.spi;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The agents and executions of one tenant, for the caller of a {@link Protocol}: what its credential may not do is
 * refused with {@code tenancy:SCOPE_MISSING}, and another tenant's answer as unknown ones do. Of use until
 * {@link Protocol#answer} has returned.
 */
public interface TenantExecutions {

    /** The agents that the tenant can execute, by id. Needs the scope {@code agents:read}. */
    List<Agent> agents();

    /**
     * Starts an execution of an agent. Needs the scope {@code executions:write}; what this call has started, it may
     * follow, too. With the request's header {@code Idempotency-Key} the same request again finds the execution that it
     * started before.
     *
     * @param agent as in {@link Agent#id}
     * @param input checked against the agent's schema
     * @param lifetime what becomes of it when the call ends
     * @throws AgentOsException {@code agent:UNKNOWN_AGENT}, {@code agent:INVALID_INPUT}, {@code tenancy:SCOPE_MISSING}
     */
    Status start(String agent, JsonObject input, Lifetime lifetime);

    /**
     * The execution of that id. Needs the scope {@code executions:read}.
     *
     * @throws AgentOsException {@code graph:UNKNOWN_EXECUTION}
     */
    Status find(String execution);

    /** Waits until an execution has ended or waits for a person, at most that long; fails as {@link #find} does. */
    Status awaitRest(String execution, Duration longest);

    /**
     * Events behind that number, at most 100: as soon as there are some, or none after that time or behind the last
     * one. Fails as {@link #find} does.
     *
     * @param after 0 for the first ones
     */
    List<Event> awaitEvents(String execution, long after, Duration longest);

    /**
     * Asks an execution to stop. Needs the scope {@code executions:write}.
     *
     * @throws AgentOsException {@code graph:UNKNOWN_EXECUTION}, {@code graph:ALREADY_FINISHED}
     */
    Status cancel(String execution);

    /** What becomes of an execution when the call that started it ends. */
    enum Lifetime {
        /** It goes on. */
        INDEPENDENT,
        /** It is cancelled unless it has ended or waits: nobody wants its result when the client is gone. */
        OF_THE_CALL
    }

    /**
     * An agent of the tenant.
     *
     * @param id how the API names it, {@code pack/agent}
     * @param description what it answers
     * @param inputSchema JSON Schema 2020-12 of an execution's input
     * @param chat the channel that holds a chat; empty when it holds none
     */
    record Agent(String id, String description, JsonObject inputSchema, Optional<String> chat) {}

    /** Where an execution stands; the last four are final. */
    enum State {
        QUEUED,
        RUNNING,
        WAITING,
        SUCCEEDED,
        FAILED,
        CANCELLED,
        TIMED_OUT;

        /** Whether nothing will change any more. */
        public boolean terminal() {
            return compareTo(SUCCEEDED) >= 0;
        }
    }

    /**
     * An execution.
     *
     * @param id as in {@code exe_…}
     * @param agent what is executed; empty when it is a graph
     * @param output the values of the channels; empty until it has succeeded
     * @param failure why it ended otherwise; empty until then
     */
    record Status(
            String id, Optional<String> agent, State state, Optional<JsonObject> output, Optional<Failure> failure) {}

    /**
     * Why an execution ended without success.
     *
     * @param code as {@link ErrorCode#code}
     * @param message what went wrong
     * @param action what to do about it
     */
    record Failure(String code, String message, String action) {}

    /**
     * Something that happened in an execution.
     *
     * @param sequence its number, from 1, without gaps
     * @param type as the API names it, as in {@code message} for text that a model writes
     * @param node the node it is about
     * @param data what there is to know
     */
    record Event(long sequence, String type, Optional<String> node, JsonObject data) {}
}
