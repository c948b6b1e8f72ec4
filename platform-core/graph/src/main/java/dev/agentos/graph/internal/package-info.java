/** The inside of the graph runtime: channels, expressions, built-in nodes, planning and the superstep loop. */
@NullMarked
package dev.agentos.graph.internal;

import org.jspecify.annotations.NullMarked;
