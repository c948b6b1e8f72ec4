/**
 * The PostgreSQL that a server without a database of its own starts: its files, its process, its end. It knows nothing
 * of what is kept in it.
 */
@NullMarked
package dev.agentos.postgres;

import org.jspecify.annotations.NullMarked;
