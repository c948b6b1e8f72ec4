/** Tests of the registry's model. */
@NullMarked
package dev.agentos.registrymodel;

import org.jspecify.annotations.NullMarked;
