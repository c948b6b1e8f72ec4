/** Tests of the plugin runtime with real JARs, and the fakes of its ports. */
@NullMarked
package dev.agentos.pluginruntime;

import org.jspecify.annotations.NullMarked;
