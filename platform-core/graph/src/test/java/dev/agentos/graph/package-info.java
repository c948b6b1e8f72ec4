/** Tests of graphs, and the fakes that other modules test with. */
@NullMarked
package dev.agentos.graph;

import org.jspecify.annotations.NullMarked;
