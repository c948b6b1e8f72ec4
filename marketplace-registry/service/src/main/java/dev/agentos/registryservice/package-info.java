/**
 * A registry of plugins in a directory: releases are files named by their digest and never change, the index beside
 * them is plain JSON that any static file server can serve, and a small HTTP server adds search and publishing.
 */
@NullMarked
package dev.agentos.registryservice;

import org.jspecify.annotations.NullMarked;
