package dev.agentos.graph;

import dev.agentos.graph.internal.BuiltInNode;
import java.util.Optional;

/**
 * The node types that there are beside those built into the graph runtime; asked anew for each use, so that plugins may
 * come and go.
 */
@FunctionalInterface
public interface NodeHandlers {

    /** No more than the built-in ones. */
    NodeHandlers NONE = type -> Optional.empty();

    /** The built-in ones. */
    NodeHandlers BUILT_IN = BuiltInNode::find;

    /** The handler of a node type. */
    Optional<NodeHandler> find(String type);
}
