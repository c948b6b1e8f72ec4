/** What a rule may have checked in a call or an answer: patterns, schemas and a second model. */
@NullMarked
package dev.agentos.invocation.checks;

import org.jspecify.annotations.NullMarked;
