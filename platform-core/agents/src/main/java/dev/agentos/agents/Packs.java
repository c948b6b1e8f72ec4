package dev.agentos.agents;

import dev.agentos.invocation.Schemas;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.Revisions;
import dev.agentos.pluginruntime.ExtensionListing;
import dev.agentos.pluginruntime.ExtensionRegistry;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.AgentPack;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Enables and disables packs for tenants; what changes holds from the next execution on. */
public final class Packs {

    private static final int LARGEST_CONFIGURATION = 1 << 20;

    private final PackStore store;
    private final ExtensionRegistry extensions;
    private final InstantSource clock;

    /** Packs of started plugins, enabled as that store knows. */
    public Packs(PackStore store, ExtensionRegistry extensions, InstantSource clock) {
        this.store = store;
        this.extensions = extensions;
        this.clock = clock;
    }

    /** Every pack that is installed, or enabled for the tenant though its plugin is away; by id. */
    public List<Pack> list(TenantId tenant) {
        Map<String, Pack> packs = new TreeMap<>();
        Map<String, EnabledPack> enabled = new TreeMap<>();
        store.list(tenant).forEach(pack -> enabled.put(pack.pack(), pack));
        extensions
                .list(AgentPack.class)
                .forEach(listing -> packs.put(
                        listing.description().name(),
                        pack(
                                listing,
                                Optional.ofNullable(
                                        enabled.remove(listing.description().name())))));
        enabled.values().forEach(pack -> packs.put(pack.pack(), away(pack)));
        return List.copyOf(packs.values());
    }

    /** That pack, installed or enabled. */
    public Optional<Pack> find(TenantId tenant, String id) {
        Optional<EnabledPack> enabled = store.find(tenant, id);
        return extensions
                .find(AgentPack.class, id)
                .map(listing -> pack(listing, enabled))
                .or(() -> enabled.map(Packs::away));
    }

    /**
     * Enables a pack for a tenant, or replaces its configuration.
     *
     * @param configuration checked against the pack's schema
     * @param expected the revision that the caller has seen, 0 for not enabled; empty to replace whatever is there
     * @param dryRun whether to check only
     * @return the pack as it is then
     * @throws AgentOsException {@code agent:UNKNOWN_PACK}, {@code agent:INVALID_CONFIGURATION} or
     *     {@code agent:PACK_CHANGED}
     */
    public Pack enable(TenantId tenant, String id, JsonObject configuration, Optional<Long> expected, boolean dryRun) {
        ExtensionListing listing = extensions.find(AgentPack.class, id).orElseThrow(() -> unknown(id));
        Pack pack = pack(listing, Optional.empty());
        requireSmall(configuration);
        check(pack, configuration, "/configuration");
        if (dryRun) {
            return pack(
                    listing,
                    Optional.of(new EnabledPack(
                            id, configuration, Revisions.after(expected.orElse(Revisions.NONE)), clock.instant())));
        }
        EnabledPack stored = store.put(tenant, id, configuration, clock.instant(), expected)
                .orElseThrow(() -> new AgentOsException(
                        AgentErrorCode.PACK_CHANGED,
                        "The pack '" + id + "' was changed since it was read.",
                        "Read it again and repeat the change with its new ETag."));
        return pack(listing, Optional.of(stored));
    }

    private static void requireSmall(JsonObject configuration) {
        if (Json.exceeds(configuration, LARGEST_CONFIGURATION)) {
            throw InvalidInputException.of(
                    AgentErrorCode.INVALID_CONFIGURATION,
                    "/configuration",
                    "The configuration takes more than " + LARGEST_CONFIGURATION
                            + " bytes, which no execution's may either.",
                    "Shorten it; keep what is large in files.");
        }
    }

    /** Checks a configuration, or what is laid over one, by the pack's schema. */
    static void check(Pack pack, JsonObject configuration, String pointer) {
        List<Fault> faults = Schemas.check(pack.configurationSchema(), configuration, pointer);
        InvalidInputException.refuse(
                faults,
                AgentErrorCode.INVALID_CONFIGURATION,
                "The configuration does not fit the pack '" + pack.id() + "'",
                "GET /api/v1/tenants/self/packs/" + pack.id() + " shows its configurationSchema.");
    }

    /** Disables a pack for a tenant; false when it was not enabled. Executions under way go on. */
    public boolean disable(TenantId tenant, String id) {
        return store.delete(tenant, id);
    }

    private static Pack pack(ExtensionListing listing, Optional<EnabledPack> enabled) {
        ExtensionListing.OfPack pack = (ExtensionListing.OfPack) listing.description();
        return new Pack(
                pack.name(),
                Optional.of(listing.plugin().version()),
                pack.title(),
                pack.description(),
                pack.configurationSchema(),
                pack.agents(),
                enabled);
    }

    private static Pack away(EnabledPack enabled) {
        return new Pack(
                enabled.pack(),
                Optional.empty(),
                enabled.pack(),
                "The plugin of this pack is not started; an administrator can install or start it.",
                JsonObject.EMPTY,
                List.of(),
                Optional.of(enabled));
    }

    private static AgentOsException unknown(@Nullable String id) {
        return new AgentOsException(
                AgentErrorCode.UNKNOWN_PACK,
                "There is no started pack '" + id + "'.",
                "Install it first with POST /api/v1/plugins, or list the packs there are.");
    }
}
