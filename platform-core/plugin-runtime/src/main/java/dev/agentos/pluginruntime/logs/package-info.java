/** What plugins and their libraries write, and where it is kept. */
@NullMarked
package dev.agentos.pluginruntime.logs;

import org.jspecify.annotations.NullMarked;
