/** Who asks: the credential of a request, the cookie of a browser, and what it lets one do. */
@NullMarked
package dev.agentos.web.login;

import org.jspecify.annotations.NullMarked;
