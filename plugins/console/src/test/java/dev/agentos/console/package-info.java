/** The console's JAR, from outside. */
@NullMarked
package dev.agentos.console;

import org.jspecify.annotations.NullMarked;
