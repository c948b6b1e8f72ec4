package dev.agentos.policy;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The switches that stop everything, or a part of it. What is engaged is known in memory, so that asking costs a read
 * of one field; {@link #refresh} finds out what other servers did. When the store is away, what was known holds.
 */
public final class KillSwitches {

    private static final Logger LOG = LoggerFactory.getLogger(KillSwitches.class);

    /** What another server said longer ago than that does not count: it is gone. */
    private static final Duration SAID = Duration.ofSeconds(10);

    private final KillSwitchStore store;
    private final Ids ids;
    private final InstantSource clock;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    /** Held while the store is read and what it said is taken over, so that nothing older replaces it. */
    private final Object learning = new Object();

    private final Set<Running> running = ConcurrentHashMap.newKeySet();

    /** As which this process tells the others of its calls. */
    private final String server;

    private volatile boolean told;

    private volatile Map<KillSwitchTarget, KillSwitch> engaged = Map.of();

    /** Switches that are kept there. None is known before {@link #refresh}. */
    public KillSwitches(KillSwitchStore store, Ids ids, InstantSource clock) {
        this.store = store;
        this.ids = ids;
        this.clock = clock;
        this.server = ids.next("srv");
    }

    /** Switches of this process alone, for a runtime without a database. */
    public static KillSwitches inMemory() {
        return new KillSwitches(new MemoryKillSwitchStore(), Ids.system(), InstantSource.system());
    }

    /** Who engages or lifts a switch: the id of a principal, and whether it administers the platform. */
    public record Actor(String id, boolean platform) {}

    /**
     * A call of a plugin that is made, or is about to be.
     *
     * @param tenant on whose behalf
     * @param agent of the execution that calls, {@code pack/agent}
     * @param plugin that is called
     * @param caller the plugin that calls
     * @param tool that is called
     * @param provider of the model that is called
     */
    public record Call(
            TenantId tenant,
            Optional<String> agent,
            String plugin,
            Optional<String> caller,
            Optional<String> tool,
            Optional<String> provider) {}

    /** Calls that listener after each change of what is engaged; it must not block. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /**
     * Stops something, durably; on this server it is stopped when this returns. One that is engaged already stays.
     *
     * @throws InvalidInputException {@code policy:REASON_REQUIRED}
     * @throws AgentOsException {@code policy:KILL_SWITCH_OUT_OF_REACH} when a tenant's principal wants to stop others
     */
    public KillSwitch engage(KillSwitchTarget target, Actor actor, String reason) {
        KillSwitch wanted =
                new KillSwitch(ids.next("ksw"), target, actor.platform(), note(actor, reason), Optional.empty());
        requireReach(target, actor);
        KillSwitch kept;
        synchronized (learning) {
            kept = store.engage(wanted);
            Map<KillSwitchTarget, KillSwitch> known = new HashMap<>(engaged);
            known.merge(kept.target(), kept, KillSwitches::stronger);
            learn(known);
        }
        return kept;
    }

    /**
     * Lets something go on.
     *
     * @return what was lifted
     * @throws InvalidInputException {@code policy:REASON_REQUIRED}
     * @throws AgentOsException {@code policy:UNKNOWN_KILL_SWITCH} when nothing is engaged that the actor could lift
     */
    public KillSwitch lift(KillSwitchTarget target, Actor actor, String reason) {
        KillSwitch.Note note = note(actor, reason);
        requireReach(target, actor);
        List<KillSwitch> lifted = store.lift(target, actor.platform(), note);
        refresh();
        if (!lifted.isEmpty()) {
            return lifted.getFirst();
        }
        if (engaged.containsKey(target)) {
            throw new AgentOsException(
                    PolicyErrorCode.KILL_SWITCH_OUT_OF_REACH,
                    "The kill switch of " + target.named() + " was engaged by an administrator of the platform.",
                    "Ask one to lift it.");
        }
        throw new AgentOsException(
                PolicyErrorCode.UNKNOWN_KILL_SWITCH,
                "No kill switch of " + target.named() + " is engaged.",
                "GET /api/v1/kill-switches lists those that are.");
    }

    private KillSwitch.Note note(Actor actor, String reason) {
        return new KillSwitch.Note(actor.id(), clock.instant().truncatedTo(ChronoUnit.MICROS), reason);
    }

    private static void requireReach(KillSwitchTarget target, Actor actor) {
        if (!actor.platform() && target.tenant().isEmpty()) {
            throw new AgentOsException(
                    PolicyErrorCode.KILL_SWITCH_OUT_OF_REACH,
                    "A tenant's key stops its own tenant and what is used within it, not " + target.named() + ".",
                    "Ask an administrator of the platform.");
        }
    }

    /** The newest first; see {@link KillSwitchStore#list}. */
    public Page<KillSwitch> list(Optional<TenantId> tenant, Optional<KillSwitch.State> state, PageRequest request) {
        return store.list(tenant, state, request);
    }

    /** How many executions a switch would concern now. */
    public KillSwitchStore.Impact impact(KillSwitchTarget target, Actor actor) {
        requireReach(target, actor);
        return target.stopsExecutions() ? store.impact(target) : KillSwitchStore.Impact.NONE;
    }

    /** How many calls a switch would close: of this server now, and of the others as they have said lately. */
    public long calls(KillSwitchTarget target, Actor actor) {
        requireReach(target, actor);
        KillSwitch tried = new KillSwitch("", target, actor.platform(), note(actor, "tried"), Optional.empty());
        Map<KillSwitchTarget, KillSwitch> one = Map.of(target, tried);
        return Stream.concat(Stream.of(made()), store.said(server, SAID).stream())
                .flatMap(calls -> calls.entrySet().stream())
                .filter(calls -> stopping(one, calls.getKey()).isPresent())
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    private Map<Call, Integer> made() {
        Map<Call, Integer> made = new HashMap<>();
        running.forEach(one -> made.merge(one.call, 1, Integer::sum));
        return made;
    }

    /** Tells the other servers which calls this one makes; to be called every few seconds. */
    public void sayCalls() {
        Map<Call, Integer> made = made();
        if (!made.isEmpty() || told) {
            store.say(server, made);
            told = !made.isEmpty();
        }
    }

    /**
     * Counts a call as one that is made.
     *
     * @return to be run when it has ended
     */
    public Runnable begins(Call call) {
        Running one = new Running(call);
        running.add(one);
        return () -> running.remove(one);
    }

    /** A call that is being made: each is another one, also of the same. */
    private static final class Running {
        private final Call call;

        Running(Call call) {
            this.call = call;
        }
    }

    /** How many are engaged. */
    public int engaged() {
        return engaged.size();
    }

    /** Finds out what is engaged, here or by another server; the store is asked once. */
    public void refresh() {
        synchronized (learning) {
            Map<KillSwitchTarget, KillSwitch> known = new HashMap<>();
            store.engaged().forEach(one -> known.merge(one.target(), one, KillSwitches::stronger));
            learn(known);
        }
    }

    private static KillSwitch stronger(KillSwitch one, KillSwitch other) {
        return one.platform() ? one : other;
    }

    private void learn(Map<KillSwitchTarget, KillSwitch> known) {
        Map<KillSwitchTarget, KillSwitch> before = engaged;
        if (known.equals(before)) {
            return;
        }
        engaged = Map.copyOf(known);
        known.values().stream()
                .filter(one -> !before.containsKey(one.target()))
                .forEach(one -> LOG.warn(
                        "KILL SWITCH ENGAGED: {} is stopped, by {} at {}: {}",
                        one.target().named(),
                        one.engaged().by(),
                        one.engaged().at(),
                        one.engaged().reason()));
        before.values().stream()
                .filter(one -> !known.containsKey(one.target()))
                .forEach(one -> LOG.warn(
                        "KILL SWITCH LIFTED: {} may go on", one.target().named()));
        for (Runnable listener : listeners) {
            try {
                listener.run();
            } catch (RuntimeException e) {
                LOG.error("Somebody could not be told of a kill switch", e);
            }
        }
    }

    /** What stops an execution of that tenant and agent. */
    public Optional<KillSwitch> stopping(TenantId tenant, Optional<String> agent) {
        Map<KillSwitchTarget, KillSwitch> known = engaged;
        return known.isEmpty() ? Optional.empty() : stopping(known, tenant, agent);
    }

    private static Optional<KillSwitch> stopping(
            Map<KillSwitchTarget, KillSwitch> known, TenantId tenant, Optional<String> agent) {
        return Optional.ofNullable(known.get(KillSwitchTarget.PLATFORM))
                .or(() -> Optional.ofNullable(known.get(KillSwitchTarget.of(tenant))))
                .or(() -> agent.flatMap(name -> named(known, KillSwitchTarget.Kind.AGENT, name, tenant)));
    }

    /** Whether every call into a plugin is stopped, whoever makes it. */
    public boolean stopsPlugin(String id) {
        return engaged.containsKey(KillSwitchTarget.PLATFORM)
                || engaged.containsKey(new KillSwitchTarget(KillSwitchTarget.Kind.PLUGIN, id, Optional.empty()));
    }

    /** What stops a call. */
    public Optional<KillSwitch> stopping(Call call) {
        Map<KillSwitchTarget, KillSwitch> known = engaged;
        return known.isEmpty() ? Optional.empty() : stopping(known, call);
    }

    private static Optional<KillSwitch> stopping(Map<KillSwitchTarget, KillSwitch> known, Call call) {
        TenantId tenant = call.tenant();
        return stopping(known, tenant, call.agent())
                .or(() -> named(known, KillSwitchTarget.Kind.PLUGIN, call.plugin(), tenant))
                .or(() -> call.caller().flatMap(id -> named(known, KillSwitchTarget.Kind.PLUGIN, id, tenant)))
                .or(() -> call.tool().flatMap(name -> named(known, KillSwitchTarget.Kind.TOOL, name, tenant)))
                .or(() -> call.provider().flatMap(name -> named(known, KillSwitchTarget.Kind.PROVIDER, name, tenant)));
    }

    private static Optional<KillSwitch> named(
            Map<KillSwitchTarget, KillSwitch> known, KillSwitchTarget.Kind kind, String id, TenantId tenant) {
        return known.values().stream()
                .filter(one -> one.target().kind() == kind && one.target().id().equals(id))
                .filter(one -> one.target().tenant().isEmpty()
                        || one.target().tenant().get().equals(tenant))
                .findFirst();
    }

    /**
     * Passes unless an execution of that tenant and agent is stopped.
     *
     * @throws AgentOsException {@code policy:KILL_SWITCH_ENGAGED}
     */
    public void require(TenantId tenant, Optional<String> agent) {
        stopping(tenant, agent).ifPresent(one -> {
            throw one.refusal();
        });
    }
}
