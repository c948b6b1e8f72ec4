package dev.agentos.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.AgentOsException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ApiKeysTest {

    private static final TenantId TENANT = new TenantId("tnt_a");

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final FakeApiKeyStore store = new FakeApiKeyStore();
    private final ApiKeys keys = new ApiKeys(store, Ids.system(), () -> now);

    @Test
    void keyStandsForItsPrincipalAndOnlyItsDigestIsKept() {
        ApiKeys.Created created =
                keys.create(Optional.of(TENANT), "app", Set.of(Scope.EXECUTIONS_READ), Optional.empty());

        Principal principal = keys.authenticate(created.secret()).orElseThrow();
        assertThat(principal.tenant()).contains(TENANT);
        assertThat(principal.scopes()).containsExactly(Scope.EXECUTIONS_READ);
        assertThat(keys.authenticate(created.secret() + "x")).isEmpty();
        assertThat(store.byDigest.keySet()).noneMatch(digest -> digest.contains(created.secret()));
        assertThat(created.key().prefix()).isEqualTo(created.secret().substring(0, 8));
    }

    @Test
    void expiredAndRevokedKeysAreRefusedAtOnce() {
        ApiKeys.Created expiring =
                keys.create(Optional.of(TENANT), "short", Set.of(), Optional.of(now.plus(Duration.ofMinutes(1))));
        ApiKeys.Created revoked = keys.create(Optional.of(TENANT), "gone", Set.of(), Optional.empty());
        assertThat(keys.authenticate(expiring.secret())).isPresent();
        assertThat(keys.authenticate(revoked.secret())).isPresent();

        now = now.plus(Duration.ofMinutes(1));
        assertThat(keys.authenticate(expiring.secret())).isEmpty();
        assertThat(keys.revoke(Optional.of(new TenantId("tnt_b")), revoked.key().id()))
                .isFalse();
        assertThat(keys.authenticate(revoked.secret())).isPresent();
        assertThat(keys.revoke(Optional.of(TENANT), revoked.key().id())).isTrue();
        assertThat(keys.authenticate(revoked.secret())).isEmpty();
    }

    @Test
    void keyThatWouldHaveExpiredIsNotMade() {
        assertThatThrownBy(() -> keys.create(Optional.of(TENANT), "late", Set.of(), Optional.of(now)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("expire");
        assertThat(store.byDigest).isEmpty();
    }

    @Test
    void tenantKeyNeverHoldsAPlatformScope() {
        assertThatThrownBy(() -> keys.create(Optional.of(TENANT), "x", Set.of(Scope.PLUGINS_WRITE), Optional.empty()))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(TenancyErrorCode.UNKNOWN_SCOPE));
        assertThat(store.byDigest).isEmpty();
    }

    private static final class FakeApiKeyStore implements ApiKeyStore {

        private final Map<String, ApiKey> byDigest = new LinkedHashMap<>();

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
            return new Page<>(
                    byDigest.values().stream()
                            .filter(key -> key.tenant().equals(tenant))
                            .toList(),
                    Optional.empty());
        }

        @Override
        public Optional<ApiKey> find(Optional<TenantId> tenant, String id) {
            return list(tenant, PageRequest.FIRST).items().stream()
                    .filter(key -> key.id().equals(id))
                    .findFirst();
        }

        @Override
        public boolean revoke(Optional<TenantId> tenant, String id, Instant time) {
            Optional<ApiKey> key =
                    find(tenant, id).filter(found -> found.revokedAt().isEmpty());
            key.ifPresent(found -> byDigest.replaceAll((digest, old) -> old.id().equals(id)
                    ? new ApiKey(
                            id,
                            old.tenant(),
                            old.name(),
                            old.prefix(),
                            old.scopes(),
                            old.createdAt(),
                            old.expiresAt(),
                            Optional.of(time))
                    : old));
            return key.isPresent();
        }
    }
}
