/** Measuring instruments, and the least programs that the product is compared with; nothing here knows the product. */
@NullMarked
package dev.agentos.benchmarks.internal;

import org.jspecify.annotations.NullMarked;
