/**
 * What tenants keep secret is encrypted with data keys of their own, which are kept encrypted with a key that is not in
 * the database. Both kinds of keys can be replaced while servers run.
 */
@NullMarked
package dev.agentos.secrets;

import org.jspecify.annotations.NullMarked;
