/** Commands that run a program of this installation: a server, a registry, a benchmark, the demonstration. */
@NullMarked
package dev.agentos.cli.local;

import org.jspecify.annotations.NullMarked;
