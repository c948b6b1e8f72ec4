/** The log of executions: how entries are encoded, committed in groups, and read again. */
@NullMarked
package dev.agentos.persistence.internal;

import org.jspecify.annotations.NullMarked;
