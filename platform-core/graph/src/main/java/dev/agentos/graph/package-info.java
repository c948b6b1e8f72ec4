/**
 * Graphs as data: definition, compilation, channels and planning. Pure but for its ports:
 * {@link dev.agentos.graph.GraphStore} keeps graphs, {@link dev.agentos.graph.NodeHandlers} knows the node types.
 */
@NullMarked
package dev.agentos.graph;

import org.jspecify.annotations.NullMarked;
