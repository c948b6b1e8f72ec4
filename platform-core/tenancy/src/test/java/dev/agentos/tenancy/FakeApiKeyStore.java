package dev.agentos.tenancy;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.kernel.Search;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** API keys in memory. */
public final class FakeApiKeyStore implements ApiKeyStore {

    final Map<String, ApiKey> byDigest = new ConcurrentHashMap<>();

    @Override
    public void insert(ApiKey key, String digest) {
        byDigest.put(digest, key);
    }

    @Override
    public Optional<ApiKey> findByDigest(String digest) {
        return Optional.ofNullable(byDigest.get(digest));
    }

    @Override
    public Page<ApiKey> list(Optional<TenantId> tenant, Search search, PageRequest request) {
        List<ApiKey> fetched = byDigest.values().stream()
                .filter(key -> key.tenant().equals(tenant))
                .filter(key -> search.finds(key.name(), key.prefix(), key.id()))
                .filter(key -> request.cursor()
                        .map(cursor -> key.id().compareTo(cursor) < 0)
                        .orElse(true))
                .sorted(Comparator.comparing(ApiKey::id).reversed())
                .limit(request.limit() + 1L)
                .toList();
        return Page.of(fetched, request.limit(), ApiKey::id);
    }

    @Override
    public Optional<ApiKey> find(Optional<TenantId> tenant, String id) {
        return byDigest.values().stream()
                .filter(key -> key.tenant().equals(tenant) && key.id().equals(id))
                .findFirst();
    }

    @Override
    public List<ApiKey> ofOnePrincipal(Optional<TenantId> tenant, String id) {
        String principal = find(tenant, id).map(ApiKey::principal).orElse(id);
        return byDigest.values().stream()
                .filter(key -> key.tenant().equals(tenant) && key.principal().equals(principal))
                .toList();
    }

    @Override
    public Set<String> behind(String principal) {
        Set<String> found = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(List.of(principal));
        while (!open.isEmpty()) {
            String one = open.pop();
            if (found.add(one)) {
                byDigest.values().stream()
                        .filter(key -> key.principal().equals(one) || key.user().equals(Optional.of(one)))
                        .flatMap(key -> key.madeBy().stream())
                        .forEach(open::push);
            }
        }
        return found;
    }

    @Override
    public synchronized boolean replace(ApiKey key, String digest, String replaced, Instant end) {
        Optional<ApiKey> old =
                find(key.tenant(), replaced).filter(found -> found.revokedAt().isEmpty());
        old.ifPresent(found -> {
            Optional<Instant> earlier = found.expiresAt().filter(expiry -> expiry.isBefore(end));
            change(found, earlier.or(() -> Optional.of(end)), found.revokedAt(), found.lastUsedAt());
            insert(key, digest);
        });
        return old.isPresent();
    }

    @Override
    public synchronized void used(Map<String, Instant> times) {
        byDigest.values().stream()
                .filter(key -> times.containsKey(key.id()))
                .forEach(
                        key -> change(key, key.expiresAt(), key.revokedAt(), Optional.ofNullable(times.get(key.id()))));
    }

    @Override
    public synchronized boolean revoke(Optional<TenantId> tenant, String id, Instant time) {
        Optional<ApiKey> key =
                find(tenant, id).filter(found -> found.revokedAt().isEmpty());
        key.ifPresent(found -> change(found, found.expiresAt(), Optional.of(time), found.lastUsedAt()));
        return key.isPresent();
    }

    /** Revokes the keys of a user that is removed. */
    public void revokeOf(User user, Instant time) {
        List.copyOf(byDigest.values()).stream()
                .filter(key -> key.user().filter(user.id()::equals).isPresent())
                .forEach(key -> revoke(user.tenant(), key.id(), time));
    }

    private void change(ApiKey key, Optional<Instant> expires, Optional<Instant> revoked, Optional<Instant> used) {
        ApiKey changed = new ApiKey(
                key.id(),
                key.tenant(),
                key.name(),
                key.prefix(),
                key.scopes(),
                key.reach(),
                key.createdAt(),
                expires,
                revoked,
                key.user(),
                used,
                key.principal(),
                key.madeBy());
        byDigest.replaceAll((digest, old) -> old.id().equals(key.id()) ? changed : old);
    }
}
