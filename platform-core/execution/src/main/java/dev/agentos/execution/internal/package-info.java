/** The inside of the runtime: the superstep loop, its journal, and who is told of what happens. */
@NullMarked
package dev.agentos.execution.internal;

import org.jspecify.annotations.NullMarked;
