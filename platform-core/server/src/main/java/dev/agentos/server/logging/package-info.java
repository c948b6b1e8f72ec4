/** The server's log: no secrets in it, and no line that another one could be taken for. */
@NullMarked
package dev.agentos.server.logging;

import org.jspecify.annotations.NullMarked;
