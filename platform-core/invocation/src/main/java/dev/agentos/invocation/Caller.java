package dev.agentos.invocation;

import dev.agentos.pluginruntime.ExtensionHandle;
import dev.agentos.pluginruntime.GrantedPermissions;
import java.util.Optional;

/**
 * Plugin code that makes a call itself.
 *
 * @param grants what it may do
 * @param loading its loaded version
 * @param depth how many calls it is inside of, from 1
 * @param thread the thread that its own call runs on
 */
record Caller(GrantedPermissions grants, Object loading, int depth, Thread thread) {

    /** A plugin that calls itself stays on its thread: it must not wait for a second one while it holds the first. */
    static boolean inline(Optional<Caller> caller, ExtensionHandle<?> handle) {
        return caller.isPresent()
                && caller.get().loading() == handle.loading()
                && caller.get().thread() == Thread.currentThread();
    }
}
