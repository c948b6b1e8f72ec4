/** How rules and approvals are read and compared; no other module uses it. */
@NullMarked
package dev.agentos.policy.internal;

import org.jspecify.annotations.NullMarked;
