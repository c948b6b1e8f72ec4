/** Who is told of the ends of executions. */
@NullMarked
package dev.agentos.http.webhooks;

import org.jspecify.annotations.NullMarked;
