package dev.agentos.invocation;

import dev.agentos.pluginruntime.GrantedPermissions;
import dev.agentos.spi.Permission;
import java.util.Optional;

/** A point on the way into a plugin where a call may be refused, by throwing. */
@FunctionalInterface
public interface Gate {

    /** Lets the call pass or throws {@link dev.agentos.spi.AgentOsException}. */
    void pass(Attempt attempt);

    /** Passes a plugin's call when it was granted. */
    Gate GRANTS = attempt -> attempt.act().ifPresent(act -> attempt.caller().ifPresent(caller -> caller.require(act)));

    /**
     * A call that is about to be made.
     *
     * @param scope on whose behalf
     * @param caller the plugin that calls; empty when the host does
     * @param act what a plugin needs to have been granted for it
     * @param target what is called, as in {@code tool documents.split}
     */
    record Attempt(CallScope scope, Optional<GrantedPermissions> caller, Optional<Permission> act, String target) {}
}
