package dev.agentos.stores;

import dev.agentos.tenancy.Role;
import dev.agentos.tenancy.RoleStore;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jdbi.v3.core.statement.StatementContext;

/** Roles in PostgreSQL, read under row-level security. */
public final class JdbiRoleStore implements RoleStore {

    private final Connections connections;

    /** Roles behind those connections. */
    public JdbiRoleStore(Connections connections) {
        this.connections = connections;
    }

    @Override
    public List<Role> list(Optional<TenantId> tenant) {
        return connections.call(
                tenant,
                handle -> handle.createQuery("SELECT * FROM roles WHERE <owned> ORDER BY name")
                        .addCustomizer(new Owned(tenant))
                        .map(JdbiRoleStore::role)
                        .list());
    }

    @Override
    public Optional<Role> find(Optional<TenantId> tenant, String name) {
        return connections.call(
                tenant,
                handle -> handle.createQuery("SELECT * FROM roles WHERE <owned> AND name = :name")
                        .addCustomizer(new Owned(tenant))
                        .bind("name", name)
                        .map(JdbiRoleStore::role)
                        .findOne());
    }

    @Override
    public Outcome put(Role role, int most) {
        return connections.asPlatform(handle -> {
            JdbiUserStore.lock(handle, role.tenant());
            int others = handle.createQuery("""
                SELECT count(*) FROM roles WHERE <owned> AND name <> :name
                """)
                    .addCustomizer(new Owned(role.tenant()))
                    .bind("name", role.name())
                    .mapTo(Integer.class)
                    .one();
            if (others >= most) {
                return Outcome.REFUSED;
            }
            handle.createUpdate("""
                INSERT INTO roles (tenant_id, name, description, scopes) VALUES (:tenant, :name, :description, :scopes)
                ON CONFLICT (tenant_id, name) DO UPDATE
                   SET description = excluded.description, scopes = excluded.scopes
                """)
                    .bindByType("tenant", role.tenant().map(TenantId::value).orElse(null), String.class)
                    .bind("name", role.name())
                    .bind("description", role.description())
                    .bindArray(
                            "scopes",
                            String.class,
                            role.scopes().stream().map(Scope::word).toList())
                    .execute();
            return Outcome.DONE;
        });
    }

    @Override
    public Outcome delete(Optional<TenantId> tenant, String name) {
        return connections.asPlatform(handle -> {
            JdbiUserStore.lock(handle, tenant);
            boolean had = handle.createQuery("""
                SELECT EXISTS (SELECT 1 FROM memberships
                                WHERE <owned> AND :name = ANY (roles))
                    OR EXISTS (SELECT 1 FROM groups WHERE tenant_id = :tenant AND :name = ANY (roles))
                """)
                    .addCustomizer(new Owned(tenant))
                    .bind("name", name)
                    .mapTo(Boolean.class)
                    .one();
            if (had) {
                return Outcome.REFUSED;
            }
            int removed = handle.createUpdate("DELETE FROM roles WHERE <owned> AND name = :name")
                    .addCustomizer(new Owned(tenant))
                    .bind("name", name)
                    .execute();
            return removed == 1 ? Outcome.DONE : Outcome.UNKNOWN;
        });
    }

    /** A word that this release does not know grants nothing. */
    private static Role role(ResultSet row, StatementContext context) throws SQLException {
        return new Role(
                Optional.ofNullable(row.getString("tenant_id")).map(TenantId::new),
                row.getString("name"),
                row.getString("description"),
                Arrays.stream((String[]) row.getArray("scopes").getArray())
                        .flatMap(word -> Scope.ofWord(word).stream())
                        .collect(Collectors.toSet()),
                false);
    }
}
