/**
 * What every other module of the host stands on: identifiers, clock, JSON and YAML codecs with limits, error codes,
 * settings, pages, and long-running operations. Time, randomness and ids come from here, so that tests and replay can
 * choose them.
 */
@NullMarked
package dev.agentos.kernel;

import org.jspecify.annotations.NullMarked;
