/** What stores of rules promise, as tests: to be extended by the test of each store. */
@NullMarked
package dev.agentos.retention.testkit;

import org.jspecify.annotations.NullMarked;
