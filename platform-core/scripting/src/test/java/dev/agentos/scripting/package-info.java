/** Tests of the engine for scripts. */
@NullMarked
package dev.agentos.scripting;

import org.jspecify.annotations.NullMarked;
