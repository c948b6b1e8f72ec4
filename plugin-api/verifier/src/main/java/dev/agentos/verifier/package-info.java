/**
 * Reads a plugin JAR and says whether it can be trusted to be what it declares: archive safety, manifest, permissions,
 * extension index and class files. Build, registry and host ask the same code and get the same answer. No class of the
 * JAR is loaded and nothing of it is run. Package version 1.1.0.
 */
@NullMarked
package dev.agentos.verifier;

import org.jspecify.annotations.NullMarked;
