package dev.agentos.agents;

import dev.agentos.graph.Expressions;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeHandler;
import dev.agentos.graph.Onward;
import dev.agentos.invocation.Invocation;
import dev.agentos.invocation.Schemas;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.NodeInput;
import dev.agentos.spi.NodeOutput;
import java.util.List;
import java.util.Optional;

/** A node type that a plugin adds. */
final class PluginNode implements NodeHandler {

    private final Invocation invocation;
    private final String type;

    PluginNode(Invocation invocation, String type) {
        this.invocation = invocation;
        this.type = type;
    }

    @Override
    public Effect effect(NodeDefinition node) {
        return invocation.nodeType(type).effect();
    }

    @Override
    public List<Fault> check(NodeDefinition node, Expressions expressions) {
        return Schemas.check(invocation.nodeType(type).configurationSchema(), node.config(), "/config");
    }

    @Override
    public Result run(NodeCall call) {
        String asked = call.task().id() + ":";
        JsonObject answers = new JsonObject(call.answers(asked));
        NodeInput input = new NodeInput(call.node().id(), call.node().config(), call.state(), answers);
        NodeOutput output = invocation.runNode(Scopes.of(call), type, input);
        if (!output.questions().isEmpty()) {
            return new Result.Interrupted(output.questions().stream()
                    .map(one -> new Interrupt(asked + one.id(), call.node().id(), payload(one)))
                    .toList());
        }
        return new Result.Writes(
                output.writes(),
                output.next().isEmpty() ? Optional.empty() : Optional.of(new Onward.Goto(output.next())));
    }

    private static JsonObject payload(NodeOutput.Question question) {
        JsonObject payload = JsonObject.of("prompt", question.prompt());
        return question.schema().map(schema -> payload.with("schema", schema)).orElse(payload);
    }
}
