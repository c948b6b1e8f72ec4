/** The agentos command: starts servers on this machine, and speaks to any server by its public API alone. */
@NullMarked
package dev.agentos.cli;

import org.jspecify.annotations.NullMarked;
