package dev.agentos.graph.internal;

import dev.agentos.graph.Expressions;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.NodeHandler;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.schemas.JsonSchemas;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A node type of the runtime itself, which may know the graph's channels when it is checked. */
public abstract class BuiltInNode implements NodeHandler {

    /** All that a document can name, by type. */
    public static final Map<String, BuiltInNode> ALL = Map.of(
            ConditionNode.TYPE, new ConditionNode(),
            TransformNode.TYPE, new TransformNode(),
            HumanNode.TYPE, new HumanNode(),
            DispatchNode.TYPE, new DispatchNode(),
            WaitNode.TYPE, new WaitNode(),
            GateNode.TYPE, new GateNode(),
            SubgraphNode.TYPE, new SubgraphNode(),
            SubgraphNode.AGENT, new SubgraphNode());

    private static final BuiltInNode SUBGRAPH_END = new SubgraphEnd();

    /** The handler of one of the types, or of the one that the compiler alone can write. */
    public static Optional<NodeHandler> find(String type) {
        return type.equals(SubgraphEnd.TYPE) ? Optional.of(SUBGRAPH_END) : Optional.ofNullable(ALL.get(type));
    }

    /** What a node of a type writes when it is given an answer; nothing when that is not known before it runs. */
    public static JsonObject answered(NodeDefinition node, JsonValue answer) {
        BuiltInNode type = ALL.get(node.type());
        return type == null ? JsonObject.EMPTY : type.written(node, answer);
    }

    /** What a node of this type writes when it is given an answer. */
    JsonObject written(NodeDefinition node, JsonValue answer) {
        return JsonObject.EMPTY;
    }

    /** What is wrong with a node's settings in a graph with those channels. */
    abstract List<Fault> check(NodeDefinition node, Expressions expressions, Set<String> channels);

    @Override
    public final List<Fault> check(NodeDefinition node, Expressions expressions) {
        return check(node, expressions, Set.of());
    }

    @Override
    public final Effect effect(NodeDefinition node) {
        return Effect.PURE;
    }

    /** The runtime's own nodes calculate, within the limits of an expression. */
    @Override
    public boolean quick() {
        return true;
    }

    @Override
    public final boolean writesNothingElse() {
        return true;
    }

    /** What is wrong with the name of a channel. */
    static Optional<String> noChannel(String name, Set<String> channels) {
        return channels.contains(name)
                ? Optional.empty()
                : Optional.of("There is no channel '" + name + "'" + Names.end(name, channels));
    }

    /** Why answers cannot be checked by a schema; agents of installed packs may have one that is not quite right. */
    static List<Fault> unusable(JsonObject schema, String pointer) {
        return JsonSchemas.unusable(schema, pointer, GraphErrorCode.INVALID_GRAPH.code());
    }

    static Fault fault(String pointer, String message) {
        return new Fault(pointer, GraphErrorCode.INVALID_GRAPH.code(), message);
    }
}
