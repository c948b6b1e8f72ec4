/**
 * Plugins while the server runs: installs, verifies, grants, starts, swaps, drains and removes them behind
 * {@link dev.agentos.pluginruntime.PluginService}, and lends their extensions through
 * {@link dev.agentos.pluginruntime.ExtensionRegistry}. The frameworks behind it are seen by nobody else.
 */
@NullMarked
package dev.agentos.pluginruntime;

import org.jspecify.annotations.NullMarked;
