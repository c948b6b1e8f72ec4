/**
 * The one door to plugin code: gate, hold of a version, thread of the plugin's own, deadline, call, meter. Nothing else
 * in the host calls an extension.
 */
@NullMarked
package dev.agentos.invocation;

import org.jspecify.annotations.NullMarked;
