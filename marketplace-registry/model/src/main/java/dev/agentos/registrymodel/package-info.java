/**
 * What a registry says about plugins: listings, their releases, queries, and the JSON forms of these; shared by the
 * registry and everything that reads one.
 */
@NullMarked
package dev.agentos.registrymodel;

import org.jspecify.annotations.NullMarked;
