/** Tests of the runtime, and the fakes and contracts that other modules test with. */
@NullMarked
package dev.agentos.execution;

import org.jspecify.annotations.NullMarked;
