/**
 * What is kept of tenants and of people, as a whole: handed out in exports, erased for good, and removed when its time
 * is over. Where it is kept is behind ports, so that nothing here knows a table.
 */
@NullMarked
package dev.agentos.retention;

import org.jspecify.annotations.NullMarked;
