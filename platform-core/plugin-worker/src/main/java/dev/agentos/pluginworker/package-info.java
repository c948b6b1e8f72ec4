/**
 * A plugin in a process of its own. {@link dev.agentos.pluginworker.IsolatedPlugin} is the server's end: it starts the
 * process, stands for the plugin's extensions, and answers what the plugin asks of the host.
 * {@link dev.agentos.pluginworker.WorkerEnd} is the other one: it runs the extensions. Between them go messages over
 * the process's standard streams; what the process may ask for depends on the channel that it asks through, never on
 * what it says.
 */
@NullMarked
package dev.agentos.pluginworker;

import org.jspecify.annotations.NullMarked;
