/**
 * Reads a registry: search, listings, releases, and downloads that are checked against the release's size and digest
 * while they arrive; in process over a directory, or over HTTP.
 */
@NullMarked
package dev.agentos.registryclient;

import org.jspecify.annotations.NullMarked;
