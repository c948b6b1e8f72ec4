package dev.agentos.graph;

/**
 * One immutable version of a stored graph.
 *
 * @param graph the graph's id, {@code gra_…}
 * @param version its number, from 1
 */
public record GraphReference(String graph, int version) {}
