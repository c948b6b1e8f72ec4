package dev.agentos.tenancy;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.agentos.kernel.Digests;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.AgentOsException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/**
 * Makes, checks and revokes API keys. A key reads {@code aos_} and 32 random characters; only its SHA-256 digest is
 * kept, which suffices because 160 random bits cannot be guessed.
 */
public final class ApiKeys {

    /** How long a revoked key may still be accepted by a server that has just seen it. */
    private static final Duration REVOCATION_DELAY = Duration.ofMillis(500);

    private final ApiKeyStore store;
    private final Ids ids;
    private final InstantSource clock;
    private final Cache<String, ApiKey> seen = Caffeine.newBuilder()
            .maximumSize(10_000)
            .expireAfterWrite(REVOCATION_DELAY)
            .build();

    /** Keys kept in that store. */
    public ApiKeys(ApiKeyStore store, Ids ids, InstantSource clock) {
        this.store = store;
        this.ids = ids;
        this.clock = clock;
    }

    /**
     * A key that was just made.
     *
     * @param key what is kept of it
     * @param secret the whole key; this is the only time that it can be read
     */
    public record Created(ApiKey key, String secret) {}

    /**
     * Makes a key.
     *
     * @param tenant whose it is; empty for a platform administrator's
     * @param name for people, at most 200 characters
     * @param scopes what it may do
     * @param expiresAt when it ends by itself, in the future
     * @throws AgentOsException {@code tenancy:UNKNOWN_SCOPE} if a tenant's key asks for a platform scope,
     *     {@code server:INVALID_FIELD} if it would have expired already
     */
    public Created create(Optional<TenantId> tenant, String name, Set<Scope> scopes, Optional<Instant> expiresAt) {
        if (tenant.isPresent()) {
            scopes.stream().filter(Scope::platform).findFirst().ifPresent(scope -> {
                throw new AgentOsException(
                        TenancyErrorCode.UNKNOWN_SCOPE,
                        "A tenant's key cannot hold the platform scope '" + scope.word() + "'.",
                        "Leave it out, or use a platform administrator's key.");
            });
        }
        Instant now = clock.instant();
        if (expiresAt.filter(end -> !end.isAfter(now)).isPresent()) {
            throw InvalidInputException.of(
                    KernelErrorCode.INVALID_FIELD,
                    "/expiresAt",
                    "The time at which the key is to expire is over.",
                    "Name a later one, or none.");
        }
        String secret = "aos_" + ids.secret();
        ApiKey key = new ApiKey(
                ids.next("key"), tenant, name, secret.substring(0, 8), scopes, now, expiresAt, Optional.empty());
        store.insert(key, digest(secret));
        return new Created(key, secret);
    }

    /** The principal that a key stands for; empty when it is unknown, expired or revoked. */
    public Optional<Principal> authenticate(String secret) {
        String digest = digest(secret);
        ApiKey key = seen.getIfPresent(digest);
        if (key == null) {
            Optional<ApiKey> found = store.findByDigest(digest);
            if (found.isEmpty()) {
                return Optional.empty();
            }
            key = found.get();
            seen.put(digest, key);
        }
        return key.usableAt(clock.instant())
                ? Optional.of(new Principal(key.id(), key.name(), key.tenant(), key.scopes()))
                : Optional.empty();
    }

    /** Keys of one tenant, or of the platform when empty, newest first. */
    public Page<ApiKey> list(Optional<TenantId> tenant, PageRequest request) {
        return store.list(tenant, request);
    }

    /** The key of that id, if it is that tenant's. */
    public Optional<ApiKey> find(Optional<TenantId> tenant, String id) {
        return store.find(tenant, id);
    }

    /** Revokes a key; false when there is none such. Every server refuses it within half a second. */
    public boolean revoke(Optional<TenantId> tenant, String id) {
        boolean revoked = store.revoke(tenant, id, clock.instant());
        seen.asMap().values().removeIf(key -> key.id().equals(id));
        return revoked;
    }

    private static String digest(String secret) {
        return Digests.sha256(secret.getBytes(StandardCharsets.UTF_8));
    }
}
