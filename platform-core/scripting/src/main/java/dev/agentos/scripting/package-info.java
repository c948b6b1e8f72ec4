/**
 * Runs JavaScript that nobody has read, in QuickJS compiled to WebAssembly and from there to Java: a script sees its
 * input, functions of the host and nothing else, and ends at its limits. Knows nothing of graphs, tools or tenants.
 */
@NullMarked
package dev.agentos.scripting;

import org.jspecify.annotations.NullMarked;
