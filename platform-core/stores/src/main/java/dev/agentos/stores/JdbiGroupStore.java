package dev.agentos.stores;

import dev.agentos.tenancy.Group;
import dev.agentos.tenancy.GroupStore;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.statement.StatementContext;

/** Groups in PostgreSQL, read under row-level security; changes wait for those of the tenant's users and roles. */
public final class JdbiGroupStore implements GroupStore {

    private static final String GROUPS = """
        SELECT g.*, ARRAY(SELECT m.user_id FROM group_members m
                           WHERE m.tenant_id = g.tenant_id AND m.group_name = g.name) AS members
          FROM groups g WHERE g.tenant_id = :tenant AND %s ORDER BY g.name
        """;

    private final Connections connections;

    /** Groups behind those connections. */
    public JdbiGroupStore(Connections connections) {
        this.connections = connections;
    }

    @Override
    public List<Group> list(TenantId tenant) {
        return connections.call(
                Optional.of(tenant),
                handle -> handle.createQuery(GROUPS.formatted("true"))
                        .bind("tenant", tenant.value())
                        .map(JdbiGroupStore::group)
                        .list());
    }

    @Override
    public Optional<Group> find(TenantId tenant, String name) {
        return connections.call(
                Optional.of(tenant),
                handle -> handle.createQuery(GROUPS.formatted("g.name = :name"))
                        .bind("tenant", tenant.value())
                        .bind("name", name)
                        .map(JdbiGroupStore::group)
                        .findOne());
    }

    @Override
    public List<Group> of(TenantId tenant, String user) {
        return connections.call(
                Optional.of(tenant),
                handle -> handle.createQuery(GROUPS.formatted("""
                    g.name IN (SELECT group_name FROM group_members WHERE tenant_id = :tenant AND user_id = :user)
                    """))
                        .bind("tenant", tenant.value())
                        .bind("user", user)
                        .map(JdbiGroupStore::group)
                        .list());
    }

    @Override
    public Outcome put(Group group, long seen, int most) {
        Optional<TenantId> tenant = Optional.of(group.tenant());
        return connections.asPlatform(handle -> {
            JdbiUserStore.lock(handle, tenant);
            int others = handle.createQuery("SELECT count(*) FROM groups WHERE tenant_id = :tenant AND name <> :name")
                    .bind("tenant", group.tenant().value())
                    .bind("name", group.name())
                    .mapTo(Integer.class)
                    .one();
            if (others >= most) {
                return Outcome.REFUSED;
            }
            int members = handle.createQuery("""
                SELECT count(*) FROM memberships WHERE tenant_id = :tenant AND user_id = ANY (:members)
                """)
                    .bind("tenant", group.tenant().value())
                    .bindArray("members", String.class, List.copyOf(group.members()))
                    .mapTo(Integer.class)
                    .one();
            if (members < group.members().size()
                    || !JdbiUserStore.known(handle, tenant).containsAll(group.roles())) {
                return Outcome.GONE;
            }
            int written = row(group.tenant(), group.name())
                    .write(handle, List.of("description", "roles", "agents", "revision"), seen)
                    .bind("description", group.description())
                    .bindArray("roles", String.class, List.copyOf(group.roles()))
                    .bindArray("agents", String.class, group.reach().written())
                    .bind("revision", group.revision())
                    .execute();
            if (written == 0) {
                return Outcome.CHANGED;
            }
            handle.createUpdate("DELETE FROM group_members WHERE tenant_id = :tenant AND group_name = :name")
                    .bind("tenant", group.tenant().value())
                    .bind("name", group.name())
                    .execute();
            handle.createUpdate("""
                INSERT INTO group_members (tenant_id, group_name, user_id) SELECT :tenant, :name, unnest(:members)
                """)
                    .bind("tenant", group.tenant().value())
                    .bind("name", group.name())
                    .bindArray("members", String.class, List.copyOf(group.members()))
                    .execute();
            return Outcome.DONE;
        });
    }

    @Override
    public boolean delete(TenantId tenant, String name, long seen) {
        return connections.asPlatform(handle -> {
            JdbiUserStore.lock(handle, Optional.of(tenant));
            return row(tenant, name).delete(handle, seen);
        });
    }

    private static RevisedRow row(TenantId tenant, String name) {
        return new RevisedRow("groups", Optional.of(tenant), "name", name);
    }

    private static Group group(ResultSet row, StatementContext context) throws SQLException {
        return new Group(
                new TenantId(row.getString("tenant_id")),
                row.getString("name"),
                row.getString("description"),
                Set.of((String[]) row.getArray("roles").getArray()),
                Reach.of(List.of((String[]) row.getArray("agents").getArray())),
                Set.of((String[]) row.getArray("members").getArray()),
                row.getLong("revision"));
    }
}
