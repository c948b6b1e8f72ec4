/**
 * Logs that clients follow: as event streams, or by callback. None holds a thread, each client costs its own bounded
 * buffer, and what was followed under a credential ends with it.
 */
@NullMarked
package dev.agentos.web.events;

import org.jspecify.annotations.NullMarked;
