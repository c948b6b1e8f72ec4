/** Commands about what may be done: rules, what people are asked to agree to, and the kill switch. */
@NullMarked
package dev.agentos.cli.policy;

import org.jspecify.annotations.NullMarked;
