/** What administrators say of the world that policies decide about. */
@NullMarked
package dev.agentos.policy.facts;

import org.jspecify.annotations.NullMarked;
