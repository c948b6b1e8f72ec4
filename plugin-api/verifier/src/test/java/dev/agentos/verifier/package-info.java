/** Tests of the verifier, with archives made byte by byte. */
@NullMarked
package dev.agentos.verifier;

import org.jspecify.annotations.NullMarked;
