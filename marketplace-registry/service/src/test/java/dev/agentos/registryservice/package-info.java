/** Tests of the registry, on real files, sockets and processes. */
@NullMarked
package dev.agentos.registryservice;

import org.jspecify.annotations.NullMarked;
