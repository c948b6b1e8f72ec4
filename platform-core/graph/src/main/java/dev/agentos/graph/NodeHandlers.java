package dev.agentos.graph;

import dev.agentos.graph.internal.BuiltInNode;
import java.util.Optional;

/**
 * The node types and reducers that there are beside those built into the graph runtime; asked anew for each use, so
 * that plugins may come and go.
 */
@FunctionalInterface
public interface NodeHandlers {

    /** No more than the built-in ones. */
    NodeHandlers NONE = type -> Optional.empty();

    /** The built-in ones. */
    NodeHandlers BUILT_IN = BuiltInNode::find;

    /** The handler of a node type. */
    Optional<NodeHandler> find(String type);

    /** The reducer of that name, of those that are not built in. */
    default Optional<Channels.Custom> reducer(String name) {
        return Optional.empty();
    }
}
