package dev.agentos.pluginruntime;

import dev.agentos.kernel.Latest;
import dev.agentos.spi.ExtensionPoint;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Metrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A started version of a plugin: its class space, its extensions, and the calls that are inside them. */
final class LoadedPlugin {

    private static final int MOST_TENANTS = 1_000;

    private final GrantedPermissions grants;
    private final ClassSpace.Space space;
    private final AuthorModel model;
    private final HostPluginContext context;
    private final List<Contribution> contributions;
    private final Map<String, Lent> tenants = new Latest<>(MOST_TENANTS);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition left = lock.newCondition();
    private final List<Inside> inside = new ArrayList<>();
    private boolean draining;
    private volatile boolean offered;
    private volatile long generation;
    private volatile Optional<String> quarantine = Optional.empty();

    private record Inside(ExtensionHandle<?> handle, Optional<String> execution) {}

    private record Lent(Object settings, HostPluginContext context) {}

    /** One extension and the description under which it is offered; an object may be several extensions. */
    record Contribution(
            Class<? extends ExtensionPoint> point, ExtensionListing.Description description, ExtensionPoint extension) {

        Contribution describedBy(ExtensionListing.Description other) {
            return new Contribution(point, other, extension);
        }
    }

    LoadedPlugin(
            GrantedPermissions grants,
            ClassSpace.Space space,
            AuthorModel model,
            HostPluginContext context,
            List<Contribution> contributions) {
        this.grants = grants;
        this.space = space;
        this.model = model;
        this.context = context;
        this.contributions = List.copyOf(contributions);
    }

    PluginVersion plugin() {
        return grants.plugin();
    }

    GrantedPermissions grants() {
        return grants;
    }

    ClassSpace.Space space() {
        return space;
    }

    AuthorModel model() {
        return model;
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

    /** The generation of the row that it was loaded for. */
    long generation() {
        return generation;
    }

    void generation(long changed) {
        generation = changed;
    }

    /** What it tried without a permission, in the order of the alphabet. */
    List<PluginStatus.Denied> denials() {
        Stream<PluginStatus.Denied> byGuard = space.confinement().denials().stream()
                .map(denial -> new PluginStatus.Denied(denial.permission(), denial.sink(), denial.count()));
        return Stream.concat(byGuard, grants.denials().stream())
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
            long executions = inside.stream()
                    .flatMap(one -> one.execution().stream())
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

    int callsInFlight() {
        lock.lock();
        try {
            return inside.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Lets nobody in any more and waits until all are out; those that stay over the limit are told to go.
     *
     * @return how many did not go even so
     */
    int drain(Duration limit, Duration grace) throws InterruptedException {
        lock.lock();
        try {
            draining = true;
            awaitEmpty(limit);
        } finally {
            lock.unlock();
        }
        List<ExtensionHandle<?>> late;
        lock.lock();
        try {
            late = inside.stream().<ExtensionHandle<?>>map(Inside::handle).toList();
        } finally {
            lock.unlock();
        }
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
        while (!inside.isEmpty() && nanos > 0) {
            nanos = left.awaitNanos(Math.min(nanos, TimeUnit.HOURS.toNanos(1)));
        }
    }
}
