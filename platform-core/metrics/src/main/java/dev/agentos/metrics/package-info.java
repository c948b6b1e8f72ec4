/** What this server counts and measures. */
@NullMarked
package dev.agentos.metrics;

import org.jspecify.annotations.NullMarked;
