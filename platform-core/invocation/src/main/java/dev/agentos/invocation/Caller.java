package dev.agentos.invocation;

import dev.agentos.pluginruntime.GrantedPermissions;

/**
 * Plugin code that makes a call itself.
 *
 * @param grants what it may do
 * @param loading its loaded version
 * @param depth how many calls it is inside of, from 1
 * @param thread the thread that its own call runs on
 */
record Caller(GrantedPermissions grants, Object loading, int depth, Thread thread) {}
