/**
 * The durable runtime: executions of graphs, carried from superstep to superstep by an engine. Pure but for its port:
 * {@link dev.agentos.execution.ExecutionStore} keeps what must survive. What comes next is planned in
 * {@link dev.agentos.graph}; here is what has effects.
 */
@NullMarked
package dev.agentos.execution;

import org.jspecify.annotations.NullMarked;
