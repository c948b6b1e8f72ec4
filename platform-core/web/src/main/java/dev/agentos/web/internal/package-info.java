/** Parts of authentication that only the API's own servlets and resources share. */
@NullMarked
package dev.agentos.web.internal;

import org.jspecify.annotations.NullMarked;
