package dev.agentos.http;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.tenancy.ApiKey;
import dev.agentos.tenancy.ApiKeyStore;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** API keys in memory. */
final class FakeApiKeyStore implements ApiKeyStore {

    private final Map<String, ApiKey> byDigest = new ConcurrentHashMap<>();

    @Override
    public void insert(ApiKey key, String digest) {
        byDigest.put(digest, key);
    }

    @Override
    public Optional<ApiKey> findByDigest(String digest) {
        return Optional.ofNullable(byDigest.get(digest));
    }

    @Override
    public Page<ApiKey> list(Optional<TenantId> tenant, PageRequest request) {
        return FakeTenantStore.page(
                byDigest.values().stream().filter(key -> key.tenant().equals(tenant)), ApiKey::id, request);
    }

    @Override
    public Optional<ApiKey> find(Optional<TenantId> tenant, String id) {
        return byDigest.values().stream()
                .filter(key -> key.tenant().equals(tenant) && key.id().equals(id))
                .findFirst();
    }

    @Override
    public boolean revoke(Optional<TenantId> tenant, String id, Instant time) {
        boolean found =
                find(tenant, id).filter(key -> key.revokedAt().isEmpty()).isPresent();
        byDigest.replaceAll((digest, key) -> key.id().equals(id) && found
                ? new ApiKey(
                        key.id(),
                        key.tenant(),
                        key.name(),
                        key.prefix(),
                        key.scopes(),
                        key.createdAt(),
                        key.expiresAt(),
                        Optional.of(time))
                : key);
        return found;
    }
}
