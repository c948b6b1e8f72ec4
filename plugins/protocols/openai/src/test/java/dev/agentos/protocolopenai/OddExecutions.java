package dev.agentos.protocolopenai;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.TenantExecutions;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Executions that are not started, or come to rest otherwise than the fake ones.
 *
 * @param fakes which do the rest
 * @param starting what an agent's id becomes before it is started
 * @param resting what an execution becomes that rests
 */
record OddExecutions(TenantExecutions fakes, UnaryOperator<String> starting, UnaryOperator<Status> resting)
        implements TenantExecutions {

    @Override
    public List<Agent> agents() {
        return fakes.agents();
    }

    @Override
    public Status start(String agent, JsonObject input, Lifetime lifetime) {
        return fakes.start(starting.apply(agent), input, lifetime);
    }

    @Override
    public Status find(String execution) {
        return fakes.find(execution);
    }

    @Override
    public Status awaitRest(String execution, Duration longest) {
        return resting.apply(fakes.awaitRest(execution, longest));
    }

    @Override
    public List<Event> awaitEvents(String execution, long after, Duration longest) {
        return fakes.awaitEvents(execution, after, longest);
    }

    @Override
    public Status cancel(String execution) {
        return fakes.cancel(execution);
    }
}
