/**
 * What is kept of a tenant's people, of checks and secrets, and how all of it is handed out and removed: stores in SQL
 * behind the ports that other modules declare, over {@link dev.agentos.stores.Connections} that persistence gives them.
 */
@NullMarked
package dev.agentos.stores;

import org.jspecify.annotations.NullMarked;
