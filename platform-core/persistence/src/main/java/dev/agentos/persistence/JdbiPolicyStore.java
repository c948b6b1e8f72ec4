package dev.agentos.persistence;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.persistence.internal.PageBytes;
import dev.agentos.policy.Policy;
import dev.agentos.policy.PolicyDocument;
import dev.agentos.policy.PolicyStore;
import dev.agentos.stores.Owned;
import dev.agentos.tenancy.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/** Policies in PostgreSQL; a tenant's are reached under its row-level security, except when they are asked. */
final class JdbiPolicyStore implements PolicyStore {

    private static final String NEWEST = """
        SELECT DISTINCT ON (tenant_id, name) * FROM policies
         WHERE %s ORDER BY tenant_id, name, version DESC
        """;

    private final TenantTransactions tenants;
    private final PlatformTransactions platform;
    private final Hints hints;

    JdbiPolicyStore(TenantTransactions tenants, PlatformTransactions platform, Hints hints) {
        this.tenants = tenants;
        this.platform = platform;
        this.hints = hints;
    }

    @Override
    public long generation() {
        return platform.query(handle -> handle.createQuery("SELECT generation FROM policy_generation")
                .mapTo(Long.class)
                .one());
    }

    @Override
    public List<Policy> inForce(Optional<TenantId> tenant) {
        return alive(platform.query(
                handle -> handle.createQuery(NEWEST.formatted("tenant_id IS NULL OR tenant_id = :tenant"))
                        .bindByType("tenant", value(tenant), String.class)
                        .map(JdbiPolicyStore::policy)
                        .list()));
    }

    @Override
    public List<Policy> list(Optional<TenantId> owner) {
        return alive(in(
                owner,
                handle -> handle.createQuery(NEWEST.formatted("<owned>"))
                        .addCustomizer(new Owned(owner))
                        .map(JdbiPolicyStore::policy)
                        .list()));
    }

    private static List<Policy> alive(List<Policy> policies) {
        return policies.stream().filter(policy -> policy.document().isPresent()).toList();
    }

    @Override
    public Optional<Policy> find(Optional<TenantId> owner, String name) {
        return in(
                owner,
                handle -> handle.createQuery("""
                    SELECT * FROM policies WHERE <owned> AND name = :name
                     ORDER BY version DESC LIMIT 1
                    """)
                        .addCustomizer(new Owned(owner))
                        .bind("name", name)
                        .map(JdbiPolicyStore::policy)
                        .findOne());
    }

    @Override
    public Optional<Policy> find(Optional<TenantId> owner, String name, int version) {
        return in(
                owner,
                handle -> handle.createQuery("""
                    SELECT * FROM policies
                     WHERE <owned> AND name = :name AND version = :version
                    """)
                        .addCustomizer(new Owned(owner))
                        .bind("name", name)
                        .bind("version", version)
                        .map(JdbiPolicyStore::policy)
                        .findOne());
    }

    @Override
    public Page<Policy> versions(Optional<TenantId> owner, String name, PageRequest request) {
        String newest = """
            SELECT * FROM policies
             WHERE <owned> AND name = :name AND version < :cursor
             ORDER BY version DESC LIMIT :limit
            """;
        return PageBytes.page(
                in(
                        owner,
                        handle -> handle.createQuery(PageBytes.statementBy("version", newest, "document"))
                                .addCustomizer(new Owned(owner))
                                .bind("name", name)
                                .bind("cursor", request.place(Integer.MAX_VALUE))
                                .bind("limit", request.limit() + 1)
                                .map(PageBytes.rows(JdbiPolicyStore::policy))
                                .list()),
                request.limit(),
                policy -> String.valueOf(policy.version()));
    }

    @Override
    public boolean add(Policy version) {
        boolean added = in(version.tenant(), handle -> {
            int rows = handle.createUpdate("""
                INSERT INTO policies (tenant_id, name, version, document, changed_at, changed_by, note)
                VALUES (:tenant, :name, :version, CAST(:document AS json), :at, :by, :note)
                ON CONFLICT DO NOTHING
                """)
                    .bindByType("tenant", value(version.tenant()), String.class)
                    .bind("name", version.name())
                    .bind("version", version.version())
                    .bindByType(
                            "document",
                            version.document()
                                    .map(document -> Rows.text(document.toJson()))
                                    .orElse(null),
                            String.class)
                    .bind("at", version.change().at())
                    .bind("by", version.change().by())
                    .bindByType("note", version.change().note().orElse(null), String.class)
                    .execute();
            return rows > 0;
        });
        if (added) {
            hints.policies();
        }
        return added;
    }

    private <T> T in(Optional<TenantId> owner, Function<Handle, T> work) {
        return owner.isPresent() ? tenants.inTenant(owner.get(), work) : platform.call(work);
    }

    private static @Nullable String value(Optional<TenantId> tenant) {
        return tenant.map(TenantId::value).orElse(null);
    }

    private static Policy policy(ResultSet row, StatementContext context) throws SQLException {
        return new Policy(
                Rows.optionalText(row, "tenant_id").map(TenantId::new),
                row.getString("name"),
                row.getInt("version"),
                Rows.optionalObject(row, "document").map(PolicyDocument::read),
                new Policy.Change(
                        Rows.instant(row, "changed_at"), row.getString("changed_by"), Rows.optionalText(row, "note")));
    }
}
