@NullMarked
package dev.agentos.metrics;

import org.jspecify.annotations.NullMarked;
