/** Parts of the policies that nobody else uses. */
@NullMarked
package dev.agentos.policy.internal;

import org.jspecify.annotations.NullMarked;
