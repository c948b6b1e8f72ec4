/**
 * The only place that speaks SQL: the embedded PostgreSQL, connection pools, migrations, row-level security, and the
 * stores behind the ports that other modules declare. Nothing but the server's wiring sees this package.
 */
@NullMarked
package dev.agentos.persistence;

import org.jspecify.annotations.NullMarked;
