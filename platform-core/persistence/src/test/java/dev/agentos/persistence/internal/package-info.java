/** Tests of the log of executions. */
@NullMarked
package dev.agentos.persistence.internal;

import org.jspecify.annotations.NullMarked;
