package dev.agentos.graph.internal;

import dev.agentos.expressions.Condition;
import dev.agentos.expressions.ExpressionFailedException;
import dev.agentos.expressions.ExpressionLanguage;
import dev.agentos.expressions.ValueType;
import dev.agentos.expressions.Yield;
import dev.agentos.graph.Expressions;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Onward;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChannelDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * CEL over the channels of one graph: every channel is a variable of its declared type; {@code state} is the map of all
 * that are set.
 */
public final class CelExpressions implements Expressions {

    /** The variable that holds all channels that are set. */
    static final String STATE = "state";

    private final ExpressionLanguage language;

    /** Expressions over those channels; channels with a name that CEL cannot have are left out. */
    public CelExpressions(Map<String, ChannelDefinition> channels) {
        Map<String, ValueType> variables = new LinkedHashMap<>();
        variables.put(Onward.INPUT, ValueType.ANY);
        channels.forEach((name, channel) -> {
            if (!name.equals(STATE)) {
                variables.put(name, ValueType.of(channel.type()));
            }
        });
        language = new ExpressionLanguage(variables, Optional.of(STATE));
    }

    /** Whether a channel may have that name: a CEL identifier of at most 63 characters that is not reserved. */
    static boolean validName(String name) {
        return ExpressionLanguage.validName(name) && !name.equals(STATE);
    }

    /** Checks many expressions at once, which costs little more than one. */
    void checkAll(Collection<String> expressions) {
        language.checkAll(expressions);
    }

    /** What holds when an expression is true. */
    Condition condition(String expression) {
        return language.condition(expression);
    }

    /** What kind of value an expression yields. */
    Yield yields(String expression) {
        return language.yields(expression);
    }

    @Override
    public Optional<String> check(String expression) {
        return language.check(expression);
    }

    @Override
    public Optional<String> checkCondition(String expression) {
        return language.checkCondition(expression);
    }

    @Override
    public JsonValue evaluate(String expression, JsonObject state) {
        try {
            return language.evaluate(expression, state);
        } catch (ExpressionFailedException e) {
            String shown = expression.length() > 80 ? expression.substring(0, 80) + "…" : expression;
            throw new AgentOsException(
                    GraphErrorCode.EXPRESSION_FAILED,
                    "The expression '" + shown + "' failed: " + e.getMessage() + ".",
                    "Correct the expression; a channel may be unset, which has(state.name) tells.",
                    e);
        }
    }
}
