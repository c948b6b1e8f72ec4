package dev.agentos.persistence;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.kernel.Search;
import dev.agentos.stores.LastUses;
import dev.agentos.stores.Owned;
import dev.agentos.tenancy.ApiKey;
import dev.agentos.tenancy.ApiKeyStore;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/** API keys in PostgreSQL; a tenant's are reached under its row-level security, except when a key is presented. */
final class JdbiApiKeyStore implements ApiKeyStore {

    private final TenantTransactions tenants;
    private final PlatformTransactions platform;

    JdbiApiKeyStore(TenantTransactions tenants, PlatformTransactions platform) {
        this.tenants = tenants;
        this.platform = platform;
    }

    @Override
    public void insert(ApiKey key, String digest) {
        in(key.tenant(), handle -> insert(handle, key, digest));
    }

    private static int insert(Handle handle, ApiKey key, String digest) {
        return handle.createUpdate("""
            INSERT INTO api_keys
                (id, tenant_id, name, prefix, digest, scopes, agents, created_at, expires_at, revoked_at, user_id,
                 principal, made_by)
            VALUES (:id, :tenant, :name, :prefix, :digest, :scopes, :agents, :created, :expires, :revoked, :user,
                    :principal, :maker)
            """)
                .bind("id", key.id())
                .bindByType("tenant", key.tenant().map(TenantId::value).orElse(null), String.class)
                .bind("name", key.name())
                .bind("prefix", key.prefix())
                .bind("digest", digest)
                .bindArray(
                        "scopes",
                        String.class,
                        key.scopes().stream().map(Scope::word).toList())
                .bindArray("agents", String.class, key.reach().written())
                .bind("created", key.createdAt())
                .bindByType("expires", key.expiresAt().orElse(null), Instant.class)
                .bindByType("revoked", key.revokedAt().orElse(null), Instant.class)
                .bindByType("user", key.user().orElse(null), String.class)
                .bind("principal", key.principal())
                .bindByType("maker", key.madeBy().orElse(null), String.class)
                .execute();
    }

    @Override
    public boolean replace(ApiKey key, String digest, String replaced, Instant end) {
        return in(key.tenant(), handle -> {
            boolean there = handle.createUpdate("""
                UPDATE api_keys SET expires_at = least(expires_at, :end)
                 WHERE <owned> AND id = :id AND revoked_at IS NULL
                """)
                            .addCustomizer(new Owned(key.tenant()))
                            .bind("id", replaced)
                            .bind("end", end)
                            .execute()
                    == 1;
            if (there) {
                insert(handle, key, digest);
            }
            return there;
        });
    }

    @Override
    public void used(Map<String, Instant> times) {
        platform.run(handle -> LastUses.write(handle, "api_keys", "last_used_at", times));
    }

    @Override
    public Optional<ApiKey> findByDigest(String digest) {
        return platform.query(handle -> handle.createQuery("""
            SELECT k.* FROM api_keys k LEFT JOIN tenants t ON t.id = k.tenant_id
             WHERE k.digest = :digest AND t.erasing_at IS NULL
            """)
                .bind("digest", digest)
                .map(JdbiApiKeyStore::key)
                .findOne());
    }

    @Override
    public Page<ApiKey> list(Optional<TenantId> tenant, Search search, PageRequest request) {
        return Page.of(
                in(
                        tenant,
                        handle -> handle.createQuery("""
                            SELECT * FROM api_keys
                             WHERE <owned> AND id < :cursor
                               AND strpos(lower(concat_ws(' ', name, prefix, id)), lower(:search)) > 0
                             ORDER BY id DESC LIMIT :limit
                            """)
                                .addCustomizer(new Owned(tenant))
                                .bind("search", search.text())
                                .bind("cursor", request.cursor().orElse(Rows.LAST))
                                .bind("limit", request.limit() + 1)
                                .map(JdbiApiKeyStore::key)
                                .list()),
                request.limit(),
                ApiKey::id);
    }

    @Override
    public Optional<ApiKey> find(Optional<TenantId> tenant, String id) {
        return in(
                tenant,
                handle -> handle.createQuery("SELECT * FROM api_keys WHERE <owned> AND id = :id")
                        .addCustomizer(new Owned(tenant))
                        .bind("id", id)
                        .map(JdbiApiKeyStore::key)
                        .findOne());
    }

    @Override
    public List<ApiKey> ofOnePrincipal(Optional<TenantId> tenant, String id) {
        return in(
                tenant,
                handle -> handle.createQuery("""
                    SELECT * FROM api_keys
                     WHERE <owned>
                       AND principal = coalesce((SELECT principal FROM api_keys
                                                  WHERE <owned> AND id = :id), :id)
                    """)
                        .addCustomizer(new Owned(tenant))
                        .bind("id", id)
                        .map(JdbiApiKeyStore::key)
                        .list());
    }

    @Override
    public Set<String> behind(String principal) {
        return platform.query(handle -> handle.createQuery("""
            WITH RECURSIVE behind(id) AS (
                SELECT CAST(:id AS text) COLLATE "C"
                 UNION
                SELECT k.made_by FROM behind b JOIN api_keys k ON k.principal = b.id OR k.user_id = b.id
                 WHERE k.made_by IS NOT NULL)
            SELECT id FROM behind
            """)
                .bind("id", principal)
                .mapTo(String.class)
                .collect(Collectors.toSet()));
    }

    @Override
    public boolean revoke(Optional<TenantId> tenant, String id, Instant time) {
        return in(
                tenant,
                handle -> handle.createUpdate("""
                    UPDATE api_keys SET revoked_at = :time
                     WHERE <owned> AND id = :id AND revoked_at IS NULL
                    """)
                                .addCustomizer(new Owned(tenant))
                                .bind("id", id)
                                .bind("time", time)
                                .execute()
                        == 1);
    }

    private <T> T in(Optional<TenantId> tenant, Function<Handle, T> work) {
        return tenant.isPresent() ? tenants.inTenant(tenant.get(), work) : platform.call(work);
    }

    private static ApiKey key(ResultSet row, StatementContext context) throws SQLException {
        return new ApiKey(
                row.getString("id"),
                Rows.optionalText(row, "tenant_id").map(TenantId::new),
                row.getString("name"),
                row.getString("prefix"),
                scopes((String[]) row.getArray("scopes").getArray()),
                Reach.of(List.of((String[]) row.getArray("agents").getArray())),
                Rows.instant(row, "created_at"),
                Rows.optionalInstant(row, "expires_at"),
                Rows.optionalInstant(row, "revoked_at"),
                Rows.optionalText(row, "user_id"),
                Rows.optionalInstant(row, "last_used_at"),
                row.getString("principal"),
                Rows.optionalText(row, "made_by"));
    }

    /** A word that this release does not know grants nothing. */
    private static Set<Scope> scopes(String[] words) {
        return Arrays.stream(words).flatMap(word -> Scope.ofWord(word).stream()).collect(Collectors.toSet());
    }
}
