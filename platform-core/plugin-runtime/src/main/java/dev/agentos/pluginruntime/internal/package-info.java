/** What the plugin runtime keeps to itself. */
@NullMarked
package dev.agentos.pluginruntime.internal;

import org.jspecify.annotations.NullMarked;
