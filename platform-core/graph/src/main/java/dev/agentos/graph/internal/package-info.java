/** The inside of graphs: expressions, reducers, built-in nodes, and what is checked when a graph is compiled. */
@NullMarked
package dev.agentos.graph.internal;

import org.jspecify.annotations.NullMarked;
