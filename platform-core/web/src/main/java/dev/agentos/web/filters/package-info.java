/** What stands before every request: how it may arrive, how large and slow, from where, and whose turn it is. */
@NullMarked
package dev.agentos.web.filters;

import org.jspecify.annotations.NullMarked;
