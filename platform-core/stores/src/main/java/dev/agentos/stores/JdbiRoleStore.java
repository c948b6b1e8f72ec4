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
    public Outcome put(Role role, long seen, int most) {
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
            int written = row(role.tenant(), role.name())
                    .write(handle, List.of("description", "scopes", "revision"), seen)
                    .bind("description", role.description())
                    .bindArray(
                            "scopes",
                            String.class,
                            role.scopes().stream().map(Scope::word).toList())
                    .bind("revision", role.revision())
                    .execute();
            return written == 1 ? Outcome.DONE : Outcome.CHANGED;
        });
    }

    @Override
    public Outcome delete(Optional<TenantId> tenant, String name, long seen) {
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
            return row(tenant, name).delete(handle, seen) ? Outcome.DONE : Outcome.CHANGED;
        });
    }

    private static RevisedRow row(Optional<TenantId> tenant, String name) {
        return new RevisedRow("roles", tenant, "name", name);
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
                false,
                row.getLong("revision"));
    }
}
