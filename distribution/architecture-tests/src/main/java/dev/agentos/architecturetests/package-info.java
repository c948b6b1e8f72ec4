/** The source formatter, and in the tests the rules that hold the tree's shape. */
@NullMarked
package dev.agentos.architecturetests;

import org.jspecify.annotations.NullMarked;
