/** What every store of executions must pass, written once: a contract of single tests, and a model of the whole. */
@NullMarked
package dev.agentos.execution.testkit;

import org.jspecify.annotations.NullMarked;
