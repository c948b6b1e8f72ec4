/** Tests of the clients against real registries, and against servers that misbehave on real sockets. */
@NullMarked
package dev.agentos.registryclient;

import org.jspecify.annotations.NullMarked;
