package dev.agentos.policy;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.tenancy.TenantId;
import java.util.List;
import java.util.Optional;

/** Keeps kill switches, also when ordinary work has used up all connections. */
public interface KillSwitchStore {

    /** Those that are engaged now. */
    List<KillSwitch> engaged();

    /** All that were ever engaged, the newest first; of one tenant, or of all and the platform when empty. */
    Page<KillSwitch> history(Optional<TenantId> tenant, PageRequest request);

    /** Engages one, unless its target is stopped already: then that one is returned. */
    KillSwitch engage(KillSwitch wanted);

    /** Lifts what stops that target; empty when nothing does. */
    Optional<KillSwitch> lift(KillTarget target, KillSwitch.Act act);

    /** Executions of that tenant, or of all, that run or are about to; some, when there are many. */
    List<KillSwitch.Active> active(Optional<TenantId> tenant, Optional<String> agent, int most);
}
