/** A software bill of materials in a plugin, after CycloneDX. */
@NullMarked
package dev.agentos.verifier.bill;

import org.jspecify.annotations.NullMarked;
