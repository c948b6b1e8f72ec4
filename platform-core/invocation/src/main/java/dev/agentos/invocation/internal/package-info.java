/** Parts of the invocation that nobody else uses. */
@NullMarked
package dev.agentos.invocation.internal;

import org.jspecify.annotations.NullMarked;
