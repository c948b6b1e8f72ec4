/** How rules and approvals are read and compared, and what is kept beside them; no other module uses it. */
@NullMarked
package dev.agentos.policy.internal;

import org.jspecify.annotations.NullMarked;
