@NullMarked
package dev.agentos.pluginruntime.internal;

import org.jspecify.annotations.NullMarked;
