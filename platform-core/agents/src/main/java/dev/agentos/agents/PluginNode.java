package dev.agentos.agents;

import dev.agentos.graph.Expressions;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeHandler;
import dev.agentos.graph.Onward;
import dev.agentos.invocation.Invocation;
import dev.agentos.invocation.Schemas;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.Effect;
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
        NodeInput input = new NodeInput(call.node().id(), call.node().config(), call.state());
        NodeOutput output = invocation.runNode(Scopes.of(call), type, input);
        return new Result.Writes(
                output.writes(),
                output.next().isEmpty() ? Optional.empty() : Optional.of(new Onward.Goto(output.next())));
    }
}
