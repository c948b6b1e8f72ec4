/** Tests of the inside of the graph runtime. */
@NullMarked
package dev.agentos.graph.internal;

import org.jspecify.annotations.NullMarked;
