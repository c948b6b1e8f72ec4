/** Tests of the HTTP layer over real sockets. */
@NullMarked
package dev.agentos.http;

import org.jspecify.annotations.NullMarked;
