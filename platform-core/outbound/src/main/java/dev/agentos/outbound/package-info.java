/**
 * Requests over HTTP on behalf of others, who say where to. Whatever they say, an address is checked before it is
 * connected and is connected as it was checked.
 */
@NullMarked
package dev.agentos.outbound;

import org.jspecify.annotations.NullMarked;
