package dev.agentos.spi;

import java.util.Optional;

/**
 * A successor in a graph.
 *
 * @param id the author's own; never interpreted
 * @param source a node or {@code START}
 * @param target a node or {@code END}
 * @param condition a CEL expression over the channels; without one the edge is always taken
 * @param onGoto whether the edge is taken only when the node itself names its target
 */
public record EdgeDefinition(
        Optional<String> id, String source, String target, Optional<String> condition, boolean onGoto) {

    /** An edge that is taken always, or when its condition holds. */
    public EdgeDefinition(Optional<String> id, String source, String target, Optional<String> condition) {
        this(id, source, target, condition, false);
    }
}
