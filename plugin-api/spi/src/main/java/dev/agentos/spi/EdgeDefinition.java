package dev.agentos.spi;

import java.util.Optional;

/**
 * A successor in a graph.
 *
 * @param id the author's own; never interpreted
 * @param source a node or {@code START}
 * @param target a node or {@code END}
 * @param condition a CEL expression over the channels; without one the edge is always taken
 */
public record EdgeDefinition(Optional<String> id, String source, String target, Optional<String> condition) {}
