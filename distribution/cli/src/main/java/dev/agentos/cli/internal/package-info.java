/** How streams of events are read. */
@NullMarked
package dev.agentos.cli.internal;

import org.jspecify.annotations.NullMarked;
