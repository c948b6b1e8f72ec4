/** The fault cases; docs/reference/fault-cases.md says which test proves which. */
@NullMarked
package dev.agentos.faultlab;

import org.jspecify.annotations.NullMarked;
