/** Pages that a plugin brings, which the server serves without running any of its code. */
@NullMarked
package dev.agentos.pluginruntime.site;

import org.jspecify.annotations.NullMarked;
