@NullMarked
package dev.agentos.limits;

import org.jspecify.annotations.NullMarked;
