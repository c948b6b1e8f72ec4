/** What an author of plugins gets from the command line: a project to begin with, and a quick way into a server. */
@NullMarked
package dev.agentos.cli.authoring;

import org.jspecify.annotations.NullMarked;
