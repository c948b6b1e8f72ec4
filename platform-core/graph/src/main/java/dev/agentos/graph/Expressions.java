package dev.agentos.graph;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.Optional;

/** CEL expressions over the channels of one graph, typed by the channels' declarations and limited in cost. */
public interface Expressions {

    /**
     * Checks an expression without evaluating it.
     *
     * @return what is wrong with it and where; empty when it compiles
     */
    Optional<String> check(String expression);

    /** Checks an expression that must yield a boolean. */
    Optional<String> checkCondition(String expression);

    /**
     * Evaluates an expression. Channels that are unset are absent: {@code has(state.name)} tells. What stands in the
     * state under {@code input} is the variable {@code input}, whether or not there is such a channel.
     *
     * @throws dev.agentos.spi.AgentOsException {@code graph:EXPRESSION_FAILED}
     */
    JsonValue evaluate(String expression, JsonObject state);
}
