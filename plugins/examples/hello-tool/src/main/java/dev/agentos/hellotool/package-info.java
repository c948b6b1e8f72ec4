/** The smallest plugin: one tool, no permissions. */
@NullMarked
package dev.agentos.hellotool;

import org.jspecify.annotations.NullMarked;
