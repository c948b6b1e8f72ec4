package dev.agentos.http;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.kernel.Search;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.TenantStore;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;

/** Tenants in memory. */
final class FakeTenantStore implements TenantStore {

    private final Map<TenantId, Tenant> tenants = new ConcurrentHashMap<>();
    private boolean unheard;

    /** The next insertion is stored, and its caller never hears of it. */
    synchronized void goUnheard() {
        unheard = true;
    }

    /** A page of items as the real stores make it: newest first, after the cursor. */
    static <T> Page<T> page(Stream<T> items, Function<T, String> id, PageRequest request) {
        List<T> fetched = items.sorted(Comparator.comparing(id).reversed())
                .filter(item -> request.cursor()
                        .map(cursor -> id.apply(item).compareTo(cursor) < 0)
                        .orElse(true))
                .limit(request.limit() + 1L)
                .toList();
        return Page.of(fetched, request.limit(), id);
    }

    @Override
    public synchronized boolean insert(Tenant tenant) {
        if (findByName(tenant.name()).isPresent()) {
            return false;
        }
        tenants.put(tenant.id(), tenant);
        if (unheard) {
            unheard = false;
            throw new IllegalStateException("The connection was lost behind the commit");
        }
        return true;
    }

    @Override
    public Optional<Tenant> find(TenantId id) {
        return Optional.ofNullable(tenants.get(id));
    }

    @Override
    public Optional<Tenant> findByName(String name) {
        return tenants.values().stream()
                .filter(tenant -> tenant.name().equals(name))
                .findFirst();
    }

    @Override
    public Page<Tenant> list(Search search, PageRequest request) {
        Stream<Tenant> found = tenants.values().stream()
                .filter(tenant -> search.finds(tenant.name(), tenant.id().value()));
        return page(found, tenant -> tenant.id().value(), request);
    }

    @Override
    public boolean delete(TenantId id) {
        return tenants.remove(id) != null;
    }
}
