/** How the API shows things, and the way in for protocols of plugins. */
@NullMarked
package dev.agentos.http.internal;

import org.jspecify.annotations.NullMarked;
