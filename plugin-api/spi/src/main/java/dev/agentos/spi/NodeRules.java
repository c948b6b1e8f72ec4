package dev.agentos.spi;

import java.util.List;
import java.util.Optional;

/**
 * How a graph treats a node, whatever its type.
 *
 * @param joinsAll whether it runs only when every node with an edge to it has arrived
 * @param pause where the execution waits for a person at this node
 * @param cache how long a result is used again; for nodes without an effect
 * @param writes the channels to which it may write, and no others; empty when it does not say
 */
public record NodeRules(
        boolean joinsAll, Optional<Pause> pause, Optional<CachePolicy> cache, Optional<List<String>> writes) {

    /** No rule. */
    public static final NodeRules NONE = new NodeRules(false, Optional.empty(), Optional.empty());

    /** Waits for all that lead to it. */
    public static final NodeRules JOIN_ALL = new NodeRules(true, Optional.empty(), Optional.empty());

    public NodeRules {
        writes = writes.map(List::copyOf);
    }

    /** Rules of a node that does not say what it writes. */
    public NodeRules(boolean joinsAll, Optional<Pause> pause, Optional<CachePolicy> cache) {
        this(joinsAll, pause, cache, Optional.empty());
    }

    /** The same for a node that writes to those channels at most. */
    public NodeRules writing(String... channels) {
        return new NodeRules(joinsAll, pause, cache, Optional.of(List.of(channels)));
    }

    /** The side of a node on which an execution waits. */
    public enum Pause {
        /** Before the superstep in which the node would run. */
        BEFORE,
        /** After the superstep in which the node has run. */
        AFTER
    }
}
