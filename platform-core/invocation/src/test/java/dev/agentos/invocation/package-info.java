/** Tests of calls into real plugin JARs, well-behaved and not. */
@NullMarked
package dev.agentos.invocation;

import org.jspecify.annotations.NullMarked;
