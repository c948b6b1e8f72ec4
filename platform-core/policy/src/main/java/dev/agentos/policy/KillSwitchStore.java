package dev.agentos.policy;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Keeps kill switches, also those that were lifted. */
public interface KillSwitchStore {

    /** All that are engaged, of all tenants. */
    List<KillSwitch> engaged();

    /** Engages one; when the same target is stopped by the same side already, that one stays and is returned. */
    KillSwitch engage(KillSwitch wanted);

    /**
     * Lifts what stops a target, and returns what it lifted.
     *
     * @param platform whether also what administrators of the platform engaged
     */
    List<KillSwitch> lift(KillSwitchTarget target, boolean platform, KillSwitch.Note note);

    /**
     * The newest first.
     *
     * @param tenant only those that hold for that tenant or for everybody; all when empty
     * @param state only those that are in it; all when empty
     */
    Page<KillSwitch> list(Optional<TenantId> tenant, Optional<KillSwitch.State> state, PageRequest request);

    /**
     * How many executions a switch would concern now.
     *
     * @param running would be cancelled
     * @param queued would stay in the queue
     * @param waiting would wait on
     */
    record Impact(long running, long queued, long waiting) {

        /** It would stop calls only, or nothing. */
        public static final Impact NONE = new Impact(0, 0, 0);
    }

    /** Keeps how many calls a server makes, in the place of what it said before. */
    void say(String server, Map<KillSwitches.Call, Integer> calls);

    /** How many calls the other servers make, by what they said no longer ago than that. */
    List<Map<KillSwitches.Call, Integer>> said(String except, Duration ago);

    /** How many executions are of that target. */
    Impact impact(KillSwitchTarget target);
}
