package dev.agentos.pluginruntime;

import dev.agentos.kernel.Latest;
import dev.agentos.pluginruntime.consent.ToolTexts;
import dev.agentos.pluginruntime.internal.DeclaredSchemas;
import dev.agentos.spi.ExtensionPoint;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Metrics;
import dev.agentos.spi.Tool;
import dev.agentos.spi.ToolDescription;
import dev.agentos.verifier.Signer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A started version of a plugin: its code, its extensions, and the calls that are inside them. */
final class LoadedPlugin {

    private static final int MOST_TENANTS = 1_000;

    private final GrantedPermissions grants;
    private final PluginCode code;
    private final HostPluginContext context;
    private final List<Contribution> contributions;
    /** Tools whose texts are not those that an administrator has seen. */
    private volatile Set<String> withheld = Set.of();

    private final Map<String, Lent> tenants = new Latest<>(MOST_TENANTS);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition left = lock.newCondition();
    private final List<Inside> inside = new ArrayList<>();
    /** The executions that have begun to use it and run here. */
    private final Set<ExtensionRegistry.Hold> holders = new HashSet<>();

    private volatile boolean replaced;
    private volatile boolean draining;
    private volatile boolean offered;
    private volatile long generation;
    private volatile String installation = "";
    private volatile Optional<String> quarantine = Optional.empty();
    private volatile Optional<Instant> signedUntil = Optional.empty();

    private record Inside(ExtensionHandle<?> handle, Optional<String> execution) {}

    private record Lent(Object settings, HostPluginContext context) {}

    /** One extension and the description under which it is offered; an object may be several extensions. */
    record Contribution(
            Class<? extends ExtensionPoint> point, ExtensionListing.Description description, ExtensionPoint extension) {

        Contribution {
            Objects.requireNonNull(
                    description.name(),
                    () -> extension.getClass().getName() + " has no name as a " + point.getSimpleName());
        }

        Contribution describedBy(ExtensionListing.Description other) {
            return new Contribution(point, other, extension);
        }
    }

    LoadedPlugin(
            GrantedPermissions grants, PluginCode code, HostPluginContext context, List<Contribution> contributions) {
        this.grants = grants;
        this.code = code;
        this.context = context;
        this.contributions = List.copyOf(contributions);
    }

    PluginVersion plugin() {
        return grants.plugin();
    }

    /** Until when its certificate is valid, if it is signed. */
    void signedUntil(Optional<Instant> end) {
        signedUntil = end;
    }

    /** The same, when that is soon, or was. */
    Optional<Instant> signatureEnds(Instant now) {
        return signedUntil.filter(end -> Signer.endsSoon(end, now));
    }

    GrantedPermissions grants() {
        return grants;
    }

    PluginCode code() {
        return code;
    }

    /** What it measures of itself. */
    Metrics metrics() {
        return context.metrics();
    }

    /**
     * What the host lends to it for a tenant: the same object as long as the tenant's settings are equal.
     *
     * @param settings all that the context depends on
     */
    HostPluginContext context(String tenant, Object settings, JsonObject configuration, SecretSource secrets) {
        if (configuration.isEmpty() && secrets == SecretSource.NONE) {
            return context;
        }
        synchronized (tenants) {
            Lent lent = tenants.get(tenant);
            if (lent == null || !lent.settings().equals(settings)) {
                lent = new Lent(settings, context.with(configuration, secrets));
                tenants.put(tenant, lent);
            }
            return lent.context();
        }
    }

    List<Contribution> contributions() {
        return contributions;
    }

    /**
     * Passes when the schemas of all that it offers are some; see {@link DeclaredSchemas}.
     *
     * @param comesIn whether it was never in force before; nothing is asked of what was
     */
    void requireSchemas(boolean comesIn) {
        if (comesIn) {
            DeclaredSchemas.require(
                    plugin(),
                    contributions.stream().map(Contribution::description).toList());
        }
    }

    /** What can be called: all but tools that say what nobody has agreed to. */
    List<Contribution> offers() {
        return contributions.stream()
                .filter(one -> one.point() != Tool.class
                        || !withheld.contains(one.description().name()))
                .toList();
    }

    /** What its tools say of themselves. */
    List<ToolDescription> tools() {
        return tools(tool -> true).toList();
    }

    /** The tools that are not offered because of what they say. */
    List<ToolDescription> withheld() {
        return tools(tool -> withheld.contains(tool.name())).toList();
    }

    boolean withholds(String tool) {
        return withheld.contains(tool);
    }

    /** Offers no tool that says another thing than was agreed to, or that was not there. */
    void holdTo(Map<String, ToolTexts.Agreed> agreed) {
        withheld = tools(tool -> Optional.ofNullable(agreed.get(tool.name()))
                        .filter(one -> one.agrees(tool))
                        .isEmpty())
                .map(ToolDescription::name)
                .collect(Collectors.toSet());
    }

    private Stream<ToolDescription> tools(Predicate<ToolDescription> which) {
        return contributions.stream()
                .map(Contribution::description)
                .filter(ExtensionListing.OfTool.class::isInstance)
                .map(one -> ((ExtensionListing.OfTool) one).tool())
                .filter(which);
    }

    /** The generation of the row that it was loaded for. */
    long generation() {
        return generation;
    }

    void generation(long changed) {
        generation = changed;
    }

    /** Whose folders it has. */
    String installation() {
        return installation;
    }

    void installation(String which) {
        installation = which;
    }

    /** What it tried without a permission, in the order of the alphabet. */
    List<PluginStatus.Denied> denials() {
        return Stream.concat(code.denials().stream(), grants.denials().stream())
                .sorted(Comparator.comparing(PluginStatus.Denied::permission))
                .toList();
    }

    /** How often it was refused each word of the permissions, as in {@code fs.read}. */
    Map<String, Long> denialsByWord() {
        return denials().stream()
                .collect(Collectors.groupingBy(
                        denied -> denied.permission().split(" ", 2)[0],
                        TreeMap::new,
                        Collectors.summingLong(PluginStatus.Denied::count)));
    }

    Optional<String> quarantine() {
        return quarantine;
    }

    void quarantine(String reason) {
        quarantine = Optional.of(reason);
    }

    /** Tells those who look after the plugin something about it. */
    void tell(System.Logger.Level level, String text) {
        context.tell(level, text);
    }

    /** It can be called from now on. */
    void offered() {
        offered = true;
    }

    /** Who is inside at this moment. */
    PluginStatus.Loaded uses(boolean inForce) {
        lock.lock();
        try {
            PluginStatus.Phase phase = inForce
                    ? PluginStatus.Phase.IN_FORCE
                    : offered || draining ? PluginStatus.Phase.DRAINING : PluginStatus.Phase.STARTING;
            long executions = Stream.concat(
                            inside.stream().flatMap(one -> one.execution().stream()),
                            holders.stream().map(ExtensionRegistry.Hold::execution))
                    .distinct()
                    .count();
            return new PluginStatus.Loaded(plugin(), phase, inside.size(), (int) executions);
        } finally {
            lock.unlock();
        }
    }

    /** Lets a call of an execution, or of nobody's, in; empty when the version is on its way out. */
    <T extends ExtensionPoint> Optional<ExtensionHandle<T>> enter(
            Contribution contribution, T extension, Optional<String> execution) {
        lock.lock();
        try {
            if (draining) {
                return Optional.empty();
            }
            ExtensionHandle<T> handle = new ExtensionHandle<>(this, contribution.description(), extension);
            inside.add(new Inside(handle, execution));
            return Optional.of(handle);
        } finally {
            lock.unlock();
        }
    }

    void leave(ExtensionHandle<?> handle) {
        lock.lock();
        try {
            inside.removeIf(other -> other.handle() == handle);
            left.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Another version has taken over: whoever holds this one goes on with it. */
    void replaced() {
        replaced = true;
    }

    /** Whether those who hold it can still call it although it is not offered any more. */
    boolean goesOn() {
        return replaced && !draining && quarantine.isEmpty();
    }

    /** Takes an execution among those that go on with this version; false when the version is on its way out. */
    boolean hold(ExtensionRegistry.Hold holder) {
        lock.lock();
        try {
            return !draining && holders.add(holder);
        } finally {
            lock.unlock();
        }
    }

    void letGo(ExtensionRegistry.Hold holder) {
        lock.lock();
        try {
            holders.remove(holder);
            left.signalAll();
        } finally {
            lock.unlock();
        }
    }

    int callsInFlight() {
        lock.lock();
        try {
            return inside.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until the calls inside have ended, and the executions that hold a version that was replaced; then, or when
     * the limit is over, lets nobody in any more and tells those that are still inside to go.
     *
     * @return how many did not go even so
     */
    int drain(Duration limit, Duration grace) throws InterruptedException {
        List<ExtensionHandle<?>> late;
        List<ExtensionRegistry.Hold> behind;
        lock.lock();
        try {
            // Held by nobody who may come back: what goes without another in its place goes for executions as well.
            draining = !replaced;
            awaitEmpty(limit);
        } finally {
            draining = true;
            late = inside.stream().<ExtensionHandle<?>>map(Inside::handle).toList();
            behind = List.copyOf(holders);
            holders.clear();
            lock.unlock();
        }
        behind.forEach(holder -> holder.forget(this));
        late.forEach(ExtensionHandle::revoke);
        lock.lock();
        try {
            awaitEmpty(grace);
            return inside.size();
        } finally {
            lock.unlock();
        }
    }

    private void awaitEmpty(Duration limit) throws InterruptedException {
        long nanos = limit.toNanos();
        while (!(inside.isEmpty() && (draining || holders.isEmpty())) && nanos > 0) {
            nanos = left.awaitNanos(Math.min(nanos, TimeUnit.HOURS.toNanos(1)));
        }
    }
}
