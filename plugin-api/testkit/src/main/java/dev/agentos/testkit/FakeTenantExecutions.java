package dev.agentos.testkit;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.TenantExecutions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * Agents and executions for tests of protocols. An execution does its work when it is started and has ended when that
 * returns; what an agent throws becomes its failure. Safe for use by several threads.
 */
public final class FakeTenantExecutions implements TenantExecutions {

    private final Map<String, Work> agents = new TreeMap<>();
    private final Map<String, Done> executions = new LinkedHashMap<>();
    private final boolean refusing;

    private record Work(Agent agent, List<String> says, UnaryOperator<JsonObject> does) {}

    private record Done(Status status, List<Event> events, JsonObject input, Lifetime lifetime) {}

    private FakeTenantExecutions(boolean refusing) {
        this.refusing = refusing;
    }

    /** A tenant without agents. */
    public static FakeTenantExecutions create() {
        return new FakeTenantExecutions(false);
    }

    /** A tenant for whose caller everything is refused with {@code tenancy:SCOPE_MISSING}. */
    public static FakeTenantExecutions refusing() {
        return new FakeTenantExecutions(true);
    }

    /**
     * Adds an agent.
     *
     * @param says what its model writes meanwhile, an event for each
     * @param does the output for an input; an {@link AgentOsException} makes the execution fail
     */
    public synchronized FakeTenantExecutions offering(Agent agent, List<String> says, UnaryOperator<JsonObject> does) {
        agents.put(agent.id(), new Work(agent, List.copyOf(says), does));
        return this;
    }

    /** The inputs of the executions that were started, in order. */
    public synchronized List<JsonObject> inputs() {
        return executions.values().stream().map(Done::input).toList();
    }

    /** What is to become of the executions that were started, in order. */
    public synchronized List<Lifetime> lifetimes() {
        return executions.values().stream().map(Done::lifetime).toList();
    }

    @Override
    public synchronized List<Agent> agents() {
        refuse("agents:read");
        return agents.values().stream().map(Work::agent).toList();
    }

    @Override
    public synchronized Status start(String agent, JsonObject input, Lifetime lifetime) {
        refuse("executions:write");
        Work work = agents.get(agent);
        if (work == null) {
            throw FakeCallContext.failure(
                    "agent", "UNKNOWN_AGENT", ErrorType.USER, "There is no agent '" + agent + "' for this tenant.");
        }
        String id = "exe_test" + (executions.size() + 1);
        List<Event> events = new ArrayList<>();
        work.says().forEach(text -> events.add(event(events, "message", JsonObject.of("text", text))));
        Status status;
        try {
            JsonObject output = work.does().apply(input);
            status = new Status(id, Optional.of(agent), State.SUCCEEDED, Optional.of(output), Optional.empty());
            events.add(event(events, "execution.succeeded", JsonObject.EMPTY));
        } catch (AgentOsException e) {
            Failure failure = new Failure(e.errorCode().code(), String.valueOf(e.getMessage()), e.action());
            status = new Status(id, Optional.of(agent), State.FAILED, Optional.empty(), Optional.of(failure));
            events.add(event(events, "execution.failed", JsonObject.EMPTY));
        }
        executions.put(id, new Done(status, List.copyOf(events), input, lifetime));
        return new Status(id, Optional.of(agent), State.QUEUED, Optional.empty(), Optional.empty());
    }

    private static Event event(List<Event> before, String type, JsonObject data) {
        return new Event(before.size() + 1L, type, Optional.empty(), data);
    }

    @Override
    public Status find(String execution) {
        return done(execution).status();
    }

    @Override
    public Status awaitRest(String execution, Duration longest) {
        return done(execution).status();
    }

    @Override
    public List<Event> awaitEvents(String execution, long after, Duration longest) {
        return done(execution).events().stream()
                .filter(event -> event.sequence() > after)
                .limit(100)
                .toList();
    }

    @Override
    public Status cancel(String execution) {
        throw FakeCallContext.failure(
                "graph",
                "ALREADY_FINISHED",
                ErrorType.USER,
                "The execution " + done(execution).status().id() + " has ended already.");
    }

    private synchronized Done done(String execution) {
        refuse("executions:read");
        Done done = executions.get(execution);
        if (done == null) {
            throw FakeCallContext.failure(
                    "graph", "UNKNOWN_EXECUTION", ErrorType.USER, "There is no execution " + execution + ".");
        }
        return done;
    }

    private void refuse(String scope) {
        if (refusing) {
            throw FakeCallContext.failure(
                    "tenancy",
                    "SCOPE_MISSING",
                    ErrorType.DENIED,
                    "The credential does not hold the scope '" + scope + "'.");
        }
    }
}
