package dev.agentos.policy;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.policy.KillTarget.Kind;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops things: what is in memory here is asked before each start, each resumption and each call, and while calls run.
 * {@link #refresh} brings it in line with the store; when that cannot be read, what was known stays.
 */
public final class KillSwitches {

    private static final Logger LOG = LoggerFactory.getLogger(KillSwitches.class);
    private static final int AT_ONCE = 1_000;
    private static final int LONGEST_REASON = 500;

    private final KillSwitchStore store;
    private final Ids ids;
    private final InstantSource clock;
    private volatile List<KillSwitch> engaged = List.of();

    /** Switches kept in that store. */
    public KillSwitches(KillSwitchStore store, Ids ids, InstantSource clock) {
        this.store = store;
        this.ids = ids;
        this.clock = clock;
    }

    /**
     * Stops something. It is stopped here when this returns, on other servers within two seconds.
     *
     * @param by who does it
     * @throws InvalidInputException {@code policy:REASON_MISSING}
     */
    public KillSwitch engage(KillTarget target, Principal by, String reason) {
        KillSwitch stored = store.engage(new KillSwitch(ids.next("kil"), target, act(by, reason), Optional.empty()));
        refresh();
        return stored;
    }

    /**
     * Lets it go on.
     *
     * @throws AgentOsException {@code policy:NOT_ENGAGED}, {@code policy:ENGAGED_BY_PLATFORM}
     * @throws InvalidInputException {@code policy:REASON_MISSING}
     */
    public KillSwitch lift(KillTarget target, Principal by, String reason) {
        refresh();
        boolean platforms = engaged.stream()
                .anyMatch(one -> one.target().equals(target) && one.engaged().platform());
        if (platforms && !by.platform()) {
            throw new AgentOsException(
                    PolicyErrorCode.ENGAGED_BY_PLATFORM,
                    "An administrator of the platform has stopped " + target.words() + ".",
                    "Ask for it to be let go on.");
        }
        KillSwitch lifted = store.lift(target, act(by, reason))
                .orElseThrow(() -> new AgentOsException(
                        PolicyErrorCode.NOT_ENGAGED,
                        "Nothing stops " + target.words() + ".",
                        "GET /api/v1/kill-switches lists what is stopped."));
        refresh();
        return lifted;
    }

    private KillSwitch.Act act(Principal by, String reason) {
        if (reason.isBlank() || reason.length() > LONGEST_REASON) {
            throw InvalidInputException.of(
                    PolicyErrorCode.REASON_MISSING,
                    "/reason",
                    "A reason of 1 to " + LONGEST_REASON + " characters is missing.",
                    "Say why, for those who find everything stopped, or running again.");
        }
        return new KillSwitch.Act(
                by.id(), by.platform(), clock.instant().truncatedTo(ChronoUnit.MICROS), reason.strip());
    }

    /** What is stopped now, as this server knows. */
    public List<KillSwitch> engaged() {
        return engaged;
    }

    /** What was ever stopped, the newest first. */
    public Page<KillSwitch> history(Optional<TenantId> tenant, PageRequest request) {
        return store.history(tenant, request);
    }

    /** How many executions run or are about to that a switch would stop; at most a thousand are counted. */
    public int wouldStop(KillTarget target) {
        return target.kind().stopsExecutions() ? active(target).size() : 0;
    }

    private List<KillSwitch.Active> active(KillTarget target) {
        Optional<String> agent = target.kind() == Kind.AGENT ? Optional.of(target.name()) : Optional.empty();
        return store.active(target.tenant(), agent, AT_ONCE);
    }

    /** Finds out what is stopped, here or on another server. */
    public void refresh() {
        List<KillSwitch> before = engaged;
        List<KillSwitch> now = List.copyOf(store.engaged());
        engaged = now;
        now.stream()
                .filter(one -> before.stream().noneMatch(other -> other.id().equals(one.id())))
                .forEach(one -> LOG.warn(
                        "STOPPED: {} ({}), by {}: {}",
                        one.target().words(),
                        one.target().tenant().map(TenantId::value).orElse("all tenants"),
                        one.engaged().by(),
                        one.engaged().reason()));
        before.stream()
                .filter(one -> now.stream().noneMatch(other -> other.id().equals(one.id())))
                .forEach(one -> LOG.warn("No longer stopped: {}", one.target().words()));
    }

    /**
     * Hands out the executions that run or are about to although they are stopped; to be called now and then, since one
     * can begin in the moment in which its switch is engaged.
     */
    public void sweep(BiConsumer<KillSwitch.Active, KillSwitch> end) {
        for (KillSwitch one : engaged) {
            if (one.target().kind().stopsExecutions()) {
                active(one.target()).forEach(execution -> end.accept(execution, one));
            }
        }
    }

    /** What stops an execution of that tenant and agent. */
    public Optional<KillSwitch> ofExecution(String tenant, Optional<String> agent) {
        for (KillSwitch one : engaged) {
            KillTarget target = one.target();
            if (target.covers(Kind.PLATFORM, "", tenant)
                    || target.covers(Kind.TENANT, "", tenant)
                    || (agent.isPresent() && target.covers(Kind.AGENT, agent.get(), tenant))) {
                return Optional.of(one);
            }
        }
        return Optional.empty();
    }

    /**
     * What stops a call.
     *
     * @param agent of the execution that makes it
     * @param plugin the plugin that is called
     * @param what the kind of what is called, {@link Kind#TOOL}, {@link Kind#PROVIDER} or {@link Kind#PLUGIN}
     * @param name of that
     */
    public Optional<KillSwitch> ofCall(String tenant, Optional<String> agent, String plugin, Kind what, String name) {
        if (engaged.isEmpty()) {
            return Optional.empty();
        }
        Optional<KillSwitch> whole = ofExecution(tenant, agent);
        if (whole.isPresent()) {
            return whole;
        }
        return engaged.stream()
                .filter(one -> one.target().covers(Kind.PLUGIN, plugin, tenant)
                        || one.target().covers(what, name, tenant))
                .findFirst();
    }

    /** The failure of what is stopped. */
    public static AgentOsException failure(KillSwitch one) {
        return new AgentOsException(
                PolicyErrorCode.KILL_SWITCH_ENGAGED,
                "An administrator has stopped " + one.target().words() + ": "
                        + one.engaged().reason() + (one.engaged().reason().endsWith(".") ? "" : "."),
                "Try again when it is let go on; the switch is " + one.id() + ".");
    }
}
