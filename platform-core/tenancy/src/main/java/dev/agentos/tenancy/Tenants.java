package dev.agentos.tenancy;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.kernel.Search;
import dev.agentos.spi.AgentOsException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/** Makes, finds and removes tenants. */
public final class Tenants {

    /** How long a server may still know a tenant that another one has removed. */
    private static final Duration REMOVAL_DELAY = Duration.ofMillis(500);

    private final TenantStore store;
    private final Ids ids;
    private final InstantSource clock;
    /** By id and by name: every request of an administrator names one. */
    private final Cache<String, Tenant> seen = Caffeine.newBuilder()
            .maximumSize(10_000)
            .expireAfterWrite(REMOVAL_DELAY)
            .build();

    /** Tenants kept in that store. */
    public Tenants(TenantStore store, Ids ids, InstantSource clock) {
        this.store = store;
        this.ids = ids;
        this.clock = clock;
    }

    /**
     * Makes a tenant.
     *
     * @param name 1 to 63 lower-case letters, digits and hyphens, beginning with a letter
     * @throws AgentOsException {@code tenancy:INVALID_NAME}, or {@code tenancy:TENANT_EXISTS} when the name is taken
     */
    public Tenant create(String name) {
        if (!name.matches("[a-z][a-z0-9-]{0,62}")) {
            throw InvalidInputException.of(
                    TenancyErrorCode.INVALID_NAME,
                    "/name",
                    "A tenant's name is 1 to 63 lower-case letters, digits and hyphens, beginning with a letter.",
                    "Choose such a name.");
        }
        Tenant tenant = new Tenant(new TenantId(ids.next("tnt")), name, clock.instant());
        if (!store.insert(tenant)) {
            throw new AgentOsException(
                    TenancyErrorCode.TENANT_EXISTS,
                    "There is already a tenant named '" + name + "'.",
                    "Choose another name, or use that tenant.");
        }
        return tenant;
    }

    /** The tenant of that id or name, as it was at most half a second ago. */
    public Optional<Tenant> find(String idOrName) {
        Tenant known = seen.getIfPresent(idOrName);
        if (known != null) {
            return Optional.of(known);
        }
        Optional<Tenant> found =
                idOrName.startsWith("tnt_") ? store.find(new TenantId(idOrName)) : store.findByName(idOrName);
        found.ifPresent(tenant -> seen.put(idOrName, tenant));
        return found;
    }

    /** The tenant of that id or name; {@code tenancy:UNKNOWN_TENANT} when there is none. */
    public Tenant require(String idOrName) {
        return find(idOrName)
                .orElseThrow(() -> new AgentOsException(
                        TenancyErrorCode.UNKNOWN_TENANT,
                        "There is no tenant '" + idOrName + "'.",
                        "List the tenants with GET /api/v1/tenants."));
    }

    /** Tenants that are found by name or id, newest first. */
    public Page<Tenant> list(Search search, PageRequest request) {
        return store.list(search, request);
    }

    /** Removes a tenant with all that is its own; false when there was none. */
    public boolean delete(TenantId id) {
        boolean deleted = store.delete(id);
        forget(id);
        return deleted;
    }

    /** Looks a tenant up again when it is asked for next: it may be one no more. */
    public void forget(TenantId id) {
        seen.asMap().values().removeIf(tenant -> tenant.id().equals(id));
    }
}
