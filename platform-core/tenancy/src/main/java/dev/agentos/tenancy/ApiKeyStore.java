package dev.agentos.tenancy;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.kernel.Search;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Keeps API keys and the digests of their secrets. */
public interface ApiKeyStore {

    /** Adds a key with the SHA-256 digest, in hexadecimal, of the whole key. */
    void insert(ApiKey key, String digest);

    /** The key of that digest, whatever its tenant. */
    Optional<ApiKey> findByDigest(String digest);

    /**
     * Keys of one tenant, or of the platform when empty, that are found by name, prefix or id: newest first, a cursor
     * is an id.
     */
    Page<ApiKey> list(Optional<TenantId> tenant, Search search, PageRequest request);

    /** The key of that id, if it is that tenant's, or the platform's when empty. */
    Optional<ApiKey> find(Optional<TenantId> tenant, String id);

    /** Keys of that tenant that stand for the same as the key of that id, itself among them. */
    List<ApiKey> ofOnePrincipal(Optional<TenantId> tenant, String id);

    /**
     * The id of a principal, whoever made one of its keys, whoever made one of theirs, and so on: of whatever tenant,
     * and whether the keys are good or have ended.
     */
    Set<String> behind(String principal);

    /**
     * Adds a key in the place of another, which from then on ends at that time or earlier; false when there is no such
     * other, or it was revoked.
     */
    boolean replace(ApiKey key, String digest, String replaced, Instant end);

    /** Notes when keys were last used, by their ids. */
    void used(Map<String, Instant> times);

    /** Revokes a key at that time; false when there is none or it was revoked before. */
    boolean revoke(Optional<TenantId> tenant, String id, Instant time);
}
