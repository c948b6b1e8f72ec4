package dev.agentos.graph;

import dev.agentos.graph.internal.Branches;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One level of a compiled graph: the names that channels and nodes have in the definition that they come from. Outside
 * of it they stand behind the path of the node that contains them, as in {@code research/answer}.
 */
public final class Namespace {

    private final String prefix;
    private final Set<String> channels;
    private final Expressions expressions;
    private final Optional<String> agent;
    private final boolean whole;

    /**
     * A level.
     *
     * @param prefix the path of the node that contains it and a slash; empty for the outermost one
     * @param agent the path of the innermost agent that it is in
     * @param whole whether there is no other level
     */
    Namespace(String prefix, Set<String> channels, Expressions expressions, Optional<String> agent, boolean whole) {
        this.prefix = prefix;
        this.channels = channels;
        this.expressions = expressions;
        this.agent = agent;
        this.whole = whole;
    }

    /** The same level in the branches in which a node is that is in it, or that contains it. */
    Namespace in(String node) {
        if (prefix.isEmpty() || node.equals(Branches.defined(node))) {
            return this;
        }
        String path = Branches.first(node, prefix.substring(0, prefix.length() - 1));
        return new Namespace(path + "/", channels, expressions, agent, whole);
    }

    /** CEL over its channels; what was compiled once is kept. */
    public Expressions expressions() {
        return expressions;
    }

    /** Its channels that are set, by the names that they have in it. */
    public JsonObject view(JsonObject values) {
        if (whole) {
            return values;
        }
        Map<String, JsonValue> seen = new LinkedHashMap<>();
        channels.forEach(name -> values.member(prefix + name).ifPresent(value -> seen.put(name, value)));
        return new JsonObject(seen);
    }

    /** The channel of that name, by its name outside; empty when there is none. */
    public Optional<String> channel(String name) {
        return channels.contains(name) ? Optional.of(prefix + name) : Optional.empty();
    }

    /** What a node of this level came to, by the names outside. */
    public NodeHandler.Result.Writes outside(NodeHandler.Result.Writes result) {
        JsonObject values = result.values();
        // A path is a name outside, and what is inside of others is not for a node to write.
        for (String name : values.members().keySet()) {
            if (name.indexOf('/') >= 0 || name.indexOf('#') >= 0) {
                throw new AgentOsException(
                        GraphErrorCode.INVALID_WRITE,
                        "There is no channel '" + name + "'.",
                        "Declare the channel as the node writes it, or change what the node writes.");
            }
        }
        return prefix.isEmpty()
                ? result
                : new NodeHandler.Result.Writes(outside(values), result.onward().map(this::outside));
    }

    private JsonObject outside(JsonObject values) {
        Map<String, JsonValue> named = new LinkedHashMap<>();
        values.members().forEach((name, value) -> named.put(prefix + name, value));
        return new JsonObject(named);
    }

    private Onward outside(Onward onward) {
        return switch (onward) {
            case Onward.Goto way ->
                new Onward.Goto(way.nodes().stream().map(this::node).toList());
            // The items are seen under their name in the level, so that name stays.
            case Onward.Dispatch some -> new Onward.Dispatch(node(some.node()), some.as(), some.items());
            case Onward.Kept known -> known;
        };
    }

    private String node(String id) {
        return id.equals(GraphDefinition.END) ? id : prefix + id;
    }

    /** The configuration in force in it, given that of the execution, which keeps those of agents by their paths. */
    public JsonObject configuration(JsonObject execution) {
        return agent.isEmpty()
                ? execution
                : execution
                        .object(CompiledGraph.AGENTS)
                        .flatMap(all -> all.object(agent.get()))
                        .orElse(JsonObject.EMPTY);
    }
}
