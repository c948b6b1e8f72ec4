@NullMarked
package dev.agentos.pluginworker;

import org.jspecify.annotations.NullMarked;
