package dev.agentos.invocation;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Revisions;
import dev.agentos.kernel.Sealing;
import dev.agentos.kernel.Sealing.TenantOwned;
import dev.agentos.kernel.SecretCipher;
import dev.agentos.pluginruntime.ExtensionHandle;
import dev.agentos.pluginruntime.PluginService;
import dev.agentos.pluginruntime.PluginStatus;
import dev.agentos.pluginruntime.SecretSource;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.PermissionKind;
import dev.agentos.spi.PluginContext;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Plugins as each tenant has set them: whether it may use them, its configuration, its secrets, and how many calls it
 * may have in one at once. One copy of the code serves them all. A change holds from the next call on; on the other
 * servers of a cluster within half a second.
 */
public final class TenantPlugins {

    private static final Duration REMEMBERED = Duration.ofMillis(500);
    private static final int MOST_REMEMBERED = 10_000;
    private static final int LARGEST_CONFIGURATION = 1 << 20;
    private static final int LONGEST_SECRET = 16 * 1024;
    private static final int MOST_CALLS = 10_000;
    private static final long FIRST_PAUSE = 10;
    private static final int MOST_DOUBLINGS = 5;

    /** Marks a property of a plugin's schema that no tenant sets. */
    private static final String ADMINISTRATORS = "x-administrator";

    private final PluginService plugins;
    private final TenantPluginStore store;
    private final Sealing sealing;
    private final InstantSource clock;
    private final Cache<Place, TenantPlugin> known = Caffeine.newBuilder()
            .maximumSize(MOST_REMEMBERED)
            .expireAfterWrite(REMEMBERED)
            .build();
    private final Map<Place, Integer> inside = new ConcurrentHashMap<>();

    private record Place(String tenant, String plugin) {
        TenantOwned secret(String name) {
            return new TenantOwned(tenant, tenant + "/" + plugin + "/" + name);
        }
    }

    /**
     * An installed plugin as one tenant has it.
     *
     * @param plugin as the administrator has it
     * @param settings what the tenant has set
     */
    public record View(PluginStatus plugin, TenantPlugin settings) {}

    /**
     * What is to be set.
     *
     * @param enabled whether the tenant may use the plugin; empty to leave it
     * @param configuration laid over the administrator's; empty to leave it
     * @param secrets values by name; empty removes one, and what is not named stays
     * @param limits how much the tenant may use the plugin; empty to leave it
     * @param by who sets it, and cannot agree where rules ask people; empty for the server
     */
    public record Change(
            Optional<Boolean> enabled,
            Optional<JsonObject> configuration,
            Map<String, Optional<String>> secrets,
            Optional<Limits> limits,
            Optional<String> by) {

        /** Without the secrets. */
        @Override
        public String toString() {
            return "Change[enabled=" + enabled + ", limits=" + limits + "]";
        }
    }

    /**
     * How much a tenant may use a plugin.
     *
     * @param concurrentCalls how many calls at once, 1 to {@value #MOST_CALLS}; empty for no bound
     */
    public record Limits(Optional<Integer> concurrentCalls) {}

    /** Settings of the plugins of that service. */
    public TenantPlugins(PluginService plugins, TenantPluginStore store, Sealing sealing, InstantSource clock) {
        this.plugins = plugins;
        this.store = store;
        this.sealing = sealing;
        this.clock = clock;
    }

    /** Settings that nobody keeps, for a runtime without a database. */
    public static TenantPlugins inMemory(PluginService plugins) {
        return new TenantPlugins(
                plugins, new MemoryTenantPluginStore(), SecretCipher.passing(), InstantSource.system());
    }

    /** Every installed plugin, by id. */
    public List<View> list(String tenant) {
        Map<String, TenantPlugin> set = store.list(tenant);
        return plugins.list().stream()
                .map(status -> new View(status, set.getOrDefault(status.plugin().plugin(), TenantPlugin.UNSET)))
                .toList();
    }

    /**
     * An installed plugin.
     *
     * @throws AgentOsException {@code plugin:UNKNOWN_PLUGIN}
     */
    public View find(String tenant, String plugin) {
        return new View(plugins.require(plugin), store.find(tenant, plugin).orElse(TenantPlugin.UNSET));
    }

    /** The names of the secrets that a plugin declares it reads, which are those that a tenant can set. */
    public Set<String> secrets(String plugin) {
        return plugins.permissions(plugin).stream()
                .map(status -> status.request().permission())
                .filter(permission -> permission.kind() == PermissionKind.SECRET_READ)
                .flatMap(permission -> permission.target().stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * Sets what a plugin is for a tenant.
     *
     * @param expected the revision that the caller has seen, 0 for nothing set; empty to replace whatever is there
     * @param dryRun whether to check only
     * @return the plugin as it is for the tenant then
     * @throws AgentOsException {@code plugin:UNKNOWN_PLUGIN}, {@code plugin:SETTINGS_CHANGED}, or
     *     {@code server:INVALID_FIELD} with pointers
     */
    public View set(String tenant, String plugin, Change change, Optional<Long> expected, boolean dryRun) {
        View before = find(tenant, plugin);
        JsonObject configuration =
                change.configuration().orElse(before.settings().configuration());
        check(before.plugin(), change, configuration);
        long seen = expected.orElse(before.settings().revision());
        Place place = new Place(tenant, plugin);
        Map<String, String> secrets = new HashMap<>(before.settings().secrets());
        change.secrets()
                .forEach((name, value) -> value.ifPresentOrElse(
                        text -> secrets.put(name, sealing.seal(place.secret(name), text)), () -> secrets.remove(name)));
        TenantPlugin wanted = new TenantPlugin(
                change.enabled().orElse(before.settings().enabled()),
                configuration,
                secrets,
                change.limits()
                        .map(Limits::concurrentCalls)
                        .orElse(before.settings().concurrentCalls()),
                Revisions.after(seen),
                clock.instant());
        if (wanted.enabled() && change.enabled().isPresent()) {
            plugins.requireAllowed(new TenantId(tenant), plugin, change.by(), dryRun);
        }
        if (dryRun) {
            return new View(before.plugin(), wanted);
        }
        TenantPlugin stored = Optional.of(seen)
                .filter(revision -> revision == before.settings().revision())
                .flatMap(revision -> store.put(tenant, plugin, wanted, revision))
                .orElseThrow(() -> new AgentOsException(
                        InvocationErrorCode.SETTINGS_CHANGED,
                        "What the tenant has set for the plugin '" + plugin + "' was changed since it was read.",
                        "Read it again and repeat the change with its new ETag."));
        known.invalidate(place);
        return new View(before.plugin(), stored);
    }

    private void check(PluginStatus plugin, Change change, JsonObject configuration) {
        String id = plugin.plugin().plugin();
        List<Fault> faults = new ArrayList<>(
                Schemas.check(plugin.settings(), plugin.configuration().overlaidBy(configuration), "/configuration"));
        if (Json.exceeds(configuration, LARGEST_CONFIGURATION)) {
            faults.add(
                    fault("/configuration", "The configuration takes more than " + LARGEST_CONFIGURATION + " bytes."));
        }
        configuration.members().keySet().stream()
                .filter(name -> plugin.settings()
                        .object("properties")
                        .flatMap(properties -> properties.object(name))
                        .flatMap(property -> property.bool(ADMINISTRATORS))
                        .orElse(false))
                .forEach(name -> faults.add(fault(
                        "/configuration/" + Fault.escape(name),
                        "'" + name + "' is for the administrator to configure for all.")));
        Set<String> declared = secrets(id);
        change.secrets().forEach((name, value) -> {
            if (!declared.contains(name)) {
                faults.add(fault(
                        "/secrets/" + Fault.escape(name),
                        "The plugin declares no secret '" + name + "'"
                                + (declared.isEmpty() ? "." : "; it declares " + String.join(", ", declared) + ".")));
            } else if (value.filter(text -> text.isEmpty() || text.length() > LONGEST_SECRET)
                    .isPresent()) {
                faults.add(fault(
                        "/secrets/" + Fault.escape(name), "A secret has 1 to " + LONGEST_SECRET + " characters."));
            }
        });
        change.limits()
                .flatMap(Limits::concurrentCalls)
                .filter(calls -> calls < 1 || calls > MOST_CALLS)
                .ifPresent(calls -> faults.add(
                        fault("/limits/concurrentCalls", "The limit is 1 to " + MOST_CALLS + " calls at once.")));
        InvalidInputException.refuse(
                faults,
                KernelErrorCode.INVALID_FIELD,
                "This cannot be set for the plugin '" + id + "'",
                "GET /api/v1/tenants/self/plugins/" + id + " shows its schema and the secrets that it declares.");
    }

    private static Fault fault(String pointer, String message) {
        return new Fault(pointer, KernelErrorCode.INVALID_FIELD.code(), message);
    }

    /**
     * Forgets what a tenant has set for a plugin, secrets included.
     *
     * @param seen the revision that the caller has seen
     * @return false when nothing is set, or it was changed since
     */
    public boolean reset(String tenant, String plugin, long seen) {
        boolean reset = store.delete(tenant, plugin, seen);
        known.invalidate(new Place(tenant, plugin));
        return reset;
    }

    /** Whether a tenant may use a plugin. */
    public boolean enabled(String tenant, String plugin) {
        return settings(new Place(tenant, plugin)).enabled();
    }

    private TenantPlugin settings(Place place) {
        return known.get(place, one -> store.find(one.tenant(), one.plugin()).orElse(TenantPlugin.UNSET));
    }

    /** The same for a call, which a database that is away for a while is to delay and not to fail. */
    private TenantPlugin settings(Place place, CallScope scope) {
        for (int tries = 0; ; tries++) {
            try {
                return settings(place);
            } catch (AgentOsException e) {
                boolean away = e.errorCode().equals(KernelErrorCode.DATABASE_UNAVAILABLE);
                if (!away
                        || scope.cancelled().getAsBoolean()
                        || !clock.instant().isBefore(scope.deadline())) {
                    throw e;
                }
                try {
                    Thread.sleep(FIRST_PAUSE << Math.min(tries, MOST_DOUBLINGS));
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    throw e;
                }
            }
        }
    }

    /**
     * Lets a call into a plugin, within what the tenant has set; to be closed when the call has ended.
     *
     * @param counted whether it counts among the tenant's calls
     * @throws AgentOsException {@code plugin:NOT_ENABLED} or {@code plugin:TENANT_LIMIT}
     */
    Use enter(CallScope scope, ExtensionHandle<?> handle, boolean counted) {
        Place place = new Place(scope.tenant(), handle.plugin().plugin());
        TenantPlugin settings = settings(place, scope);
        if (!settings.enabled()) {
            throw notEnabled(place.plugin());
        }
        if (counted) {
            count(place, settings);
        }
        return new Use(place, settings, handle, counted);
    }

    /** Refuses beforehand what a call would be refused; where that is not known now, the call waits until it is. */
    void requireEnabled(String tenant, String plugin) {
        try {
            if (enabled(tenant, plugin)) {
                return;
            }
        } catch (AgentOsException e) {
            if (e.errorCode().equals(KernelErrorCode.DATABASE_UNAVAILABLE)) {
                return;
            }
            throw e;
        }
        throw notEnabled(plugin);
    }

    private static AgentOsException notEnabled(String plugin) {
        return new AgentOsException(
                InvocationErrorCode.NOT_ENABLED,
                "The plugin '" + plugin + "' is not enabled for this tenant.",
                "Ask an administrator to enable it: PUT /api/v1/tenants/{tenant}/plugins/" + plugin + ".");
    }

    private void count(Place place, TenantPlugin settings) {
        int most = settings.concurrentCalls().orElse(Integer.MAX_VALUE);
        inside.compute(place, (any, calls) -> {
            int now = calls == null ? 0 : calls;
            if (now >= most) {
                throw new AgentOsException(
                        InvocationErrorCode.TENANT_LIMIT,
                        "The tenant has " + now + " calls in the plugin '" + place.plugin()
                                + "', as many as it may have at once.",
                        "Try again when one has ended, or have the limit raised.");
            }
            return now + 1;
        });
    }

    /** A tenant's secrets; holds nothing of a call. */
    private static SecretSource secrets(Sealing sealing, Place place, Map<String, String> sealed) {
        return sealed.isEmpty()
                ? SecretSource.NONE
                : name -> Optional.ofNullable(sealed.get(name)).map(text -> sealing.open(place.secret(name), text));
    }

    /** How many calls a tenant has in a plugin here. */
    int inside(String tenant, String plugin) {
        return inside.getOrDefault(new Place(tenant, plugin), 0);
    }

    /** A call that is inside of a plugin. */
    final class Use implements AutoCloseable {

        private final Place place;
        private final TenantPlugin settings;
        private final ExtensionHandle<?> handle;
        private final boolean counted;

        private Use(Place place, TenantPlugin settings, ExtensionHandle<?> handle, boolean counted) {
            this.counted = counted;
            this.place = place;
            this.settings = settings;
            this.handle = handle;
        }

        /** The plugin's context as the tenant has it. */
        PluginContext context() {
            return handle.context(
                    place.tenant(),
                    List.of(settings.configuration(), settings.secrets()),
                    settings.configuration(),
                    secrets(sealing, place, settings.secrets()));
        }

        @Override
        public void close() {
            if (counted) {
                inside.computeIfPresent(place, (any, calls) -> calls > 1 ? calls - 1 : null);
            }
        }
    }
}
