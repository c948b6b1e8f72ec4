package dev.agentos.persistence;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.kernel.Search;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.TenantStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * Tenants in PostgreSQL; one that is being erased is none for whoever asks. Deleting one cascades to every row that
 * names it.
 */
final class JdbiTenantStore implements TenantStore {

    private final PlatformTransactions transactions;

    JdbiTenantStore(PlatformTransactions transactions) {
        this.transactions = transactions;
    }

    @Override
    public boolean insert(Tenant tenant) {
        return transactions.call(handle -> handle.createUpdate("""
            INSERT INTO tenants (id, name, created_at) VALUES (:id, :name, :created)
            ON CONFLICT (name) DO NOTHING
            """)
                        .bind("id", tenant.id().value())
                        .bind("name", tenant.name())
                        .bind("created", tenant.createdAt())
                        .execute()
                == 1);
    }

    @Override
    public Optional<Tenant> find(TenantId id) {
        return transactions.query(
                handle -> handle.createQuery("SELECT * FROM tenants WHERE id = :id AND erasing_at IS NULL")
                        .bind("id", id.value())
                        .map(JdbiTenantStore::tenant)
                        .findOne());
    }

    @Override
    public Optional<Tenant> findByName(String name) {
        return transactions.query(
                handle -> handle.createQuery("SELECT * FROM tenants WHERE name = :name AND erasing_at IS NULL")
                        .bind("name", name)
                        .map(JdbiTenantStore::tenant)
                        .findOne());
    }

    @Override
    public Page<Tenant> list(Search search, PageRequest request) {
        return Page.of(
                transactions.call(handle -> handle.createQuery("""
                    SELECT * FROM tenants
                     WHERE id < :cursor AND erasing_at IS NULL
                       AND strpos(lower(concat_ws(' ', name, id)), lower(:search)) > 0
                     ORDER BY id DESC LIMIT :limit
                    """)
                        .bind("search", search.text())
                        .bind("cursor", request.cursor().orElse(Rows.LAST))
                        .bind("limit", request.limit() + 1)
                        .map(JdbiTenantStore::tenant)
                        .list()),
                request.limit(),
                tenant -> tenant.id().value());
    }

    @Override
    public boolean delete(TenantId id) {
        return transactions.call(handle -> handle.createUpdate("DELETE FROM tenants WHERE id = :id")
                        .bind("id", id.value())
                        .execute()
                == 1);
    }

    private static Tenant tenant(ResultSet row, StatementContext context) throws SQLException {
        return new Tenant(new TenantId(row.getString("id")), row.getString("name"), Rows.instant(row, "created_at"));
    }
}
