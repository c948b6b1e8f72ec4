/** Measurements of an installation; each value stands beside a bound that was measured in the same run. */
@NullMarked
package dev.agentos.benchmarks;

import org.jspecify.annotations.NullMarked;
