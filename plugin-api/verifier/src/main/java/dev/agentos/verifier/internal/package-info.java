/** What the verifier shares with the host and the registry, and promises to nobody. Package version 1.0.0. */
@NullMarked
package dev.agentos.verifier.internal;

import org.jspecify.annotations.NullMarked;
