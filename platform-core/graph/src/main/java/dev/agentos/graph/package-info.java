/**
 * The durable graph runtime: definition, compilation, planning, the superstep loop, interrupts and checkpoints. Pure
 * but for its ports: {@link dev.agentos.graph.ExecutionStore} and {@link dev.agentos.graph.GraphStore} keep what must
 * survive, {@link dev.agentos.graph.NodeHandlers} does the work of nodes.
 */
@NullMarked
package dev.agentos.graph;

import org.jspecify.annotations.NullMarked;
