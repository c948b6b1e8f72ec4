package dev.agentos.graph.internal;

import dev.agentos.graph.Expressions;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeCall;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Lets a path through when a condition holds: {@code {"condition": CEL, "otherwise"?: "fail" | "ask", "reason"?:
 * text}}. Otherwise the execution fails with the reason, or a person is asked whether it may pass.
 */
final class GateNode extends BuiltInNode {

    static final String TYPE = "gate";

    private static final Set<String> OTHERWISE = Set.of("fail", "ask");

    @Override
    List<Fault> check(NodeDefinition node, Expressions expressions, Set<String> channels) {
        List<Fault> faults = new ArrayList<>();
        ObjectReader reader =
                new ObjectReader(node.config(), "/config", faults).only(Set.of("condition", "otherwise", "reason"));
        String condition = reader.requiredText("condition");
        if (!condition.isEmpty()) {
            expressions.checkCondition(condition).ifPresent(problem -> faults.add(fault("/config/condition", problem)));
        }
        reader.text("otherwise")
                .filter(word -> !OTHERWISE.contains(word))
                .ifPresent(word -> faults.add(fault("/config/otherwise", "A gate otherwise has 'fail' or 'ask'.")));
        reader.text("reason");
        return faults;
    }

    @Override
    public Result run(NodeCall call) {
        JsonObject config = call.node().config();
        String condition = config.text("condition").orElseThrow();
        String reason = config.text("reason").orElse("The condition '" + condition + "' does not hold.");
        Optional<JsonValue> answer = call.answer(call.task().id());
        boolean passes = answer.isPresent()
                ? answer.get() == JsonBoolean.TRUE
                : call.expressions().evaluate(condition, call.state()) == JsonBoolean.TRUE;
        if (passes) {
            return new Result.Writes(JsonObject.EMPTY);
        }
        if (answer.isEmpty() && config.text("otherwise").filter("ask"::equals).isPresent()) {
            JsonObject payload =
                    JsonObject.of("kind", TYPE, "prompt", reason, "schema", JsonObject.of("type", "boolean"));
            return new Result.Interrupted(
                    List.of(new Interrupt(call.task().id(), call.node().id(), payload)));
        }
        throw new AgentOsException(
                GraphErrorCode.GATE_CLOSED,
                answer.isPresent() ? "A person refused: " + reason : reason,
                "Start the execution anew with what the gate asks for.");
    }
}
