/** Who of the claimed executions is carried on: the places and the memory of a server, and who goes alone. */
@NullMarked
package dev.agentos.execution.room;

import org.jspecify.annotations.NullMarked;
