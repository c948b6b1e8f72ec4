package dev.agentos.spi;

import java.util.List;

/**
 * What a node task produced.
 *
 * @param writes a value for each channel that the node writes; each is merged by the channel's reducer
 * @param next where to go on instead of along the node's edges: targets of its edges, or {@code END}; empty to take the
 *     edges
 */
public record NodeOutput(JsonObject writes, List<String> next) {

    /** Writes nothing. */
    public static final NodeOutput NOTHING = new NodeOutput(JsonObject.EMPTY);

    public NodeOutput {
        next = List.copyOf(next);
    }

    /** Writes, and goes on along the edges. */
    public NodeOutput(JsonObject writes) {
        this(writes, List.of());
    }
}
