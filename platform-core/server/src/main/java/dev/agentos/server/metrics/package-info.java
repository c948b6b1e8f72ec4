/** What the core's meters count, in the server's metrics. */
@NullMarked
package dev.agentos.server.metrics;

import org.jspecify.annotations.NullMarked;
