/**
 * What the resources stand on and no other module uses: problems, credentials, request bodies, cursors, event streams,
 * the description of the API.
 */
@NullMarked
package dev.agentos.http.internal;

import org.jspecify.annotations.NullMarked;
