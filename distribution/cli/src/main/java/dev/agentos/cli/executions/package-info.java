/** Commands about what a tenant runs: graphs, executions, sessions, and who is told of what ends. */
@NullMarked
package dev.agentos.cli.executions;

import org.jspecify.annotations.NullMarked;
