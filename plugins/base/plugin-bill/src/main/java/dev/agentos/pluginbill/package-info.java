/**
 * Writes into each plugin what it is made of: a part of the build of plugins, which runs inside of Maven. A plugin gets
 * it with its parent.
 */
@NullMarked
package dev.agentos.pluginbill;

import org.jspecify.annotations.NullMarked;
