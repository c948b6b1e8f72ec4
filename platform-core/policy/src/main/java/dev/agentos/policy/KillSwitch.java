package dev.agentos.policy;

import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.Optional;

/**
 * Something that was stopped.
 *
 * @param id {@code kil_…}
 * @param target what
 * @param engaged who stopped it, when and why
 * @param lifted who let it go on, when and why; empty while it is stopped
 */
public record KillSwitch(String id, KillTarget target, Act engaged, Optional<Act> lifted) {

    /**
     * What somebody did.
     *
     * @param by the id of the principal
     * @param platform whether that administers the platform: nobody else lifts what such a one engaged
     * @param at when
     * @param reason why
     */
    public record Act(String by, boolean platform, Instant at, String reason) {}

    /**
     * An execution that can be stopped.
     *
     * @param agent of which it is; empty for a graph's
     */
    public record Active(TenantId tenant, String execution, Optional<String> agent) {}
}
