/** The store in memory, held against the contract and the model. */
@NullMarked
package dev.agentos.execution.testkit;

import org.jspecify.annotations.NullMarked;
