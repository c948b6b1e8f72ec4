/**
 * Where PostgreSQL is spoken to: connection pools, migrations, row-level security, and the stores of executions,
 * graphs, plugins, rules and records behind the ports that other modules declare. Nothing but the server's wiring sees
 * it.
 */
@NullMarked
package dev.agentos.persistence;

import org.jspecify.annotations.NullMarked;
