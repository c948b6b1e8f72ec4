/** Tests of the graph runtime, and the fakes and contracts that other modules test with. */
@NullMarked
package dev.agentos.graph;

import org.jspecify.annotations.NullMarked;
