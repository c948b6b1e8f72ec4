package dev.agentos.graph.internal;

import dev.agentos.graph.Expressions;
import dev.agentos.graph.NodeCall;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.NodeLayout;
import dev.agentos.spi.NodeRules;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Runs once when all paths in a subgraph have ended, sees its channels and writes what comes out of it. No document can
 * name this type; the compiler adds such a node behind each subgraph.
 */
final class SubgraphEnd extends BuiltInNode {

    static final String TYPE = "subgraph.end";

    static NodeDefinition of(NodeDefinition node, String path) {
        return new NodeDefinition(
                Branches.end(path),
                TYPE,
                node.config(),
                NodeLayout.NONE,
                Optional.empty(),
                Optional.empty(),
                new NodeRules(false, node.rules().pause().filter(NodeRules.Pause.AFTER::equals), Optional.empty()));
    }

    @Override
    List<Fault> check(NodeDefinition node, Expressions expressions, Set<String> channels) {
        return List.of();
    }

    @Override
    public Result run(NodeCall call) {
        SubgraphNode.Mapping mapping = SubgraphNode.Mapping.of(call.node().config());
        Map<String, JsonValue> writes = new LinkedHashMap<>();
        mapping.output()
                .forEach((channel, expression) ->
                        SubgraphNode.value(call, expression).ifPresent(value -> writes.put(channel, value)));
        mapping.whole().ifPresent(channel -> writes.put(channel, call.state()));
        String entry = Branches.whole(call.node().id());
        mapping.messages()
                .ifPresent(channel -> call.state()
                        .array(SubgraphNode.MESSAGES)
                        .ifPresent(messages -> writes.put(channel, SubgraphNode.fresh(entry, messages))));
        return new Result.Writes(new JsonObject(writes));
    }

    /** Whether a message carries an id of the kind that a subgraph's entry gives. */
    static boolean given(JsonValue message, String prefix) {
        return message instanceof JsonObject object
                && object.members().get("id") instanceof JsonString(String id)
                && id.startsWith(prefix);
    }
}
