@NullMarked
package dev.agentos.outbound;

import org.jspecify.annotations.NullMarked;
