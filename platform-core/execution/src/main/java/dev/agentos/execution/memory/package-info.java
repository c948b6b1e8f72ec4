/** What the store in memory is made of. */
@NullMarked
package dev.agentos.execution.memory;

import org.jspecify.annotations.NullMarked;
