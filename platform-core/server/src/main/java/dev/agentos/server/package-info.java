/** The process: settings, wiring, start and stop. */
@NullMarked
package dev.agentos.server;

import org.jspecify.annotations.NullMarked;
