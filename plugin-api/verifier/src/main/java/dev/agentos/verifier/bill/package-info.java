/**
 * A software bill of materials in a plugin, after CycloneDX, for the verifier, the host and the registry. It promises
 * plugins nothing. Package version 1.0.0.
 */
@NullMarked
package dev.agentos.verifier.bill;

import org.jspecify.annotations.NullMarked;
