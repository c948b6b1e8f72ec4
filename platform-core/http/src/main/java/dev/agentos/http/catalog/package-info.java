/** What plugins offer, for those who build agents of it. */
@NullMarked
package dev.agentos.http.catalog;

import org.jspecify.annotations.NullMarked;
