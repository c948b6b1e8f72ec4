/** What every command has: the way to a server, what it answers, the terminal, and how a command fails. */
@NullMarked
package dev.agentos.cli.client;

import org.jspecify.annotations.NullMarked;
