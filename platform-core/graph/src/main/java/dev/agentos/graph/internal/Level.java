package dev.agentos.graph.internal;

import dev.agentos.graph.Expressions;
import dev.agentos.graph.GraphCodec;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A graph and what its nodes contain, level by level.
 *
 * @param prefix the path of the node that contains it and a slash; empty for the outermost one
 * @param definition the graph
 * @param expressions CEL over its channels
 * @param agent the path of the innermost agent that it is in
 * @param inner what its nodes contain, by their ids in it
 */
public record Level(
        String prefix,
        GraphDefinition definition,
        Expressions expressions,
        Optional<String> agent,
        Map<String, Level> inner) {

    /** A digest of the graph with what its nodes contain. */
    public String digest() {
        Map<String, JsonValue> all = new TreeMap<>();
        inner.forEach((node, level) -> all.put(node, new JsonString(level.digest())));
        return GraphCodec.digest(
                JsonObject.of("definition", GraphCodec.write(definition), "inner", new JsonObject(all)));
    }

    /** The node behind which what a node contains has ended. */
    public static NodeDefinition end(NodeDefinition node, String path) {
        return SubgraphEnd.of(node, path);
    }
}
