package dev.agentos.stores;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.kernel.Search;
import dev.agentos.tenancy.BuiltInRole;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.User;
import dev.agentos.tenancy.UserStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * Users in PostgreSQL. A tenant's are read under its row-level security and changed by the platform, because who a
 * person is does not belong to a tenant. Changes of one tenant's users and roles wait for each other.
 */
public final class JdbiUserStore implements UserStore {

    private static final String LAST = "~";

    private final Connections connections;

    /** Users behind those connections. */
    public JdbiUserStore(Connections connections) {
        this.connections = connections;
    }

    /** Until the transaction ends, no other changes who has which role in that tenant. */
    static void lock(Handle handle, Optional<TenantId> tenant) {
        handle.createQuery("SELECT pg_advisory_xact_lock(hashtextextended('users of ' || :tenant, 0))")
                .bind("tenant", tenant.map(TenantId::value).orElse("the platform"))
                .mapToMap()
                .list();
    }

    @Override
    public Optional<User> insert(User user) {
        return connections.asPlatform(handle -> {
            lock(handle, user.tenant());
            // The update does nothing but return, and keep, the row that is there.
            String id = handle.createQuery("""
                INSERT INTO users (id, email, created_at) VALUES (:id, :email, :created)
                ON CONFLICT (email) DO UPDATE SET email = excluded.email
                RETURNING id
                """)
                    .bind("id", user.id())
                    .bindByType("email", user.email().orElse(null), String.class)
                    .bind("created", user.createdAt())
                    .mapTo(String.class)
                    .one();
            return handle.createQuery("""
                INSERT INTO memberships (tenant_id, user_id, kind, name, email, roles, agents, state, came, created_at)
                VALUES (:tenant, :id, :kind, :name, :email, :roles, :agents, :state, :came, :created)
                ON CONFLICT DO NOTHING
                RETURNING *
                """)
                    .bindByType("tenant", user.tenant().map(TenantId::value).orElse(null), String.class)
                    .bind("id", id)
                    .bind("kind", user.kind().name())
                    .bind("name", user.name())
                    .bindByType("email", user.email().orElse(null), String.class)
                    .bindArray("agents", String.class, user.reach().written())
                    .bindArray(
                            "roles",
                            String.class,
                            user.roles().stream()
                                    .filter(known(handle, user.tenant())::contains)
                                    .toList())
                    .bind("state", user.state().name())
                    .bind("came", user.came())
                    .bind("created", user.createdAt())
                    .map(JdbiUserStore::user)
                    .findOne();
        });
    }

    @Override
    public Optional<User> find(Optional<TenantId> tenant, String id) {
        return connections.call(
                tenant,
                handle -> handle.createQuery("""
                    SELECT * FROM memberships WHERE <owned> AND user_id = :id
                    """)
                        .addCustomizer(new Owned(tenant))
                        .bind("id", id)
                        .map(JdbiUserStore::user)
                        .findOne());
    }

    @Override
    public Page<User> list(Optional<TenantId> tenant, Search search, PageRequest request) {
        return Page.of(
                connections.call(
                        tenant,
                        handle -> handle.createQuery("""
                            SELECT * FROM memberships
                             WHERE <owned> AND user_id < :cursor
                               AND strpos(lower(concat_ws(' ', name, email, user_id)), lower(:search)) > 0
                             ORDER BY user_id DESC LIMIT :limit
                            """)
                                .addCustomizer(new Owned(tenant))
                                .bind("search", search.text())
                                .bind("cursor", request.cursor().orElse(LAST))
                                .bind("limit", request.limit() + 1)
                                .map(JdbiUserStore::user)
                                .list()),
                request.limit(),
                User::id);
    }

    @Override
    public List<User> memberships(String id) {
        return connections.asPlatform(handle -> handle.createQuery(
                        "SELECT * FROM memberships WHERE user_id = :id ORDER BY tenant_id NULLS FIRST")
                .bind("id", id)
                .map(JdbiUserStore::user)
                .list());
    }

    @Override
    public Outcome replace(User old, User changed) {
        return connections.asPlatform(handle -> {
            Outcome allowed = check(handle, old, Optional.of(changed));
            if (!changed.roles().equals(old.roles())
                    && !known(handle, old.tenant()).containsAll(changed.roles())) {
                return Outcome.CHANGED;
            }
            if (allowed == Outcome.DONE) {
                handle.createUpdate("""
                    UPDATE memberships SET roles = :roles, agents = :agents, state = :state, came = :came
                     WHERE <owned> AND user_id = :id
                    """)
                        .bindArray("roles", String.class, List.copyOf(changed.roles()))
                        .bindArray("agents", String.class, changed.reach().written())
                        .bind("state", changed.state().name())
                        .bind("came", changed.came())
                        .addCustomizer(new Owned(old.tenant()))
                        .bind("id", old.id())
                        .execute();
            }
            return allowed;
        });
    }

    @Override
    public Outcome remove(User old, Instant time) {
        return connections.asPlatform(handle -> {
            Outcome allowed = check(handle, old, Optional.empty());
            if (allowed == Outcome.DONE) {
                handle.createUpdate("""
                    DELETE FROM memberships WHERE <owned> AND user_id = :id
                    """)
                        .addCustomizer(new Owned(old.tenant()))
                        .bind("id", old.id())
                        .execute();
                handle.createUpdate("""
                    UPDATE api_keys SET revoked_at = :time
                     WHERE <owned> AND user_id = :id AND revoked_at IS NULL
                    """)
                        .addCustomizer(new Owned(old.tenant()))
                        .bind("id", old.id())
                        .bind("time", time)
                        .execute();
                // In the order of all who end logins: nobody waits for another who waits for them.
                JdbiLoginStore.lock(handle, old.id());
                for (String table : List.of("logins", "invitations")) {
                    handle.createUpdate("DELETE FROM <table>" + " WHERE <owned> AND user_id = :id")
                            .define("table", table)
                            .addCustomizer(new Owned(old.tenant()))
                            .bind("id", old.id())
                            .execute();
                }
                // Whoever is a member of nothing is nobody; logins and invitations go along.
                handle.createUpdate("""
                    DELETE FROM users u
                     WHERE id = :id AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = u.id)
                    """).bind("id", old.id()).execute();
            }
            return allowed;
        });
    }

    /** The roles that there are while the lock is held. */
    static Set<String> known(Handle handle, Optional<TenantId> tenant) {
        Set<String> names = Arrays.stream(BuiltInRole.values())
                .map(BuiltInRole::word)
                .collect(Collectors.toCollection(HashSet::new));
        names.addAll(handle.createQuery("SELECT name FROM roles WHERE <owned>")
                .addCustomizer(new Owned(tenant))
                .mapTo(String.class)
                .list());
        return names;
    }

    /** Whether the user still is as it was, and somebody remains an owner if somebody was. */
    private static Outcome check(Handle handle, User old, Optional<User> changed) {
        lock(handle, old.tenant());
        List<User> owners = owners(handle, old.tenant(), old.id());
        if (!owners.contains(old)) {
            return Outcome.CHANGED;
        }
        boolean others = owners.stream().anyMatch(user -> !user.id().equals(old.id()));
        boolean remains = changed.filter(JdbiUserStore::owns).isPresent();
        return owns(old) && !others && !remains ? Outcome.LAST_OWNER : Outcome.DONE;
    }

    /** That user, and the active owners who are not being erased. */
    private static List<User> owners(Handle handle, Optional<TenantId> tenant, String id) {
        return handle.createQuery("""
            SELECT * FROM memberships m
             WHERE <owned>
               AND (user_id = :id
                    OR state = 'ACTIVE' AND :owner = ANY (roles)
                       AND NOT EXISTS (SELECT 1 FROM erasures e WHERE e.tenant_id = m.tenant_id
                                          AND e.principal = m.user_id AND e.finished_at IS NULL))
            """)
                .addCustomizer(new Owned(tenant))
                .bind("id", id)
                .bind("owner", BuiltInRole.OWNER.word())
                .map(JdbiUserStore::user)
                .list();
    }

    /** Whether nobody would own that tenant without that user; for good while {@link #lock} is held. */
    static boolean lastOwner(Handle handle, TenantId tenant, String id) {
        List<User> owners = owners(handle, Optional.of(tenant), id);
        return owners.stream().anyMatch(user -> user.id().equals(id) && owns(user))
                && owners.stream().allMatch(user -> user.id().equals(id));
    }

    private static boolean owns(User user) {
        return user.state() == User.State.ACTIVE && user.roles().contains(BuiltInRole.OWNER.word());
    }

    private static User user(ResultSet row, StatementContext context) throws SQLException {
        return new User(
                row.getString("user_id"),
                User.Kind.valueOf(row.getString("kind")),
                Optional.ofNullable(row.getString("tenant_id")).map(TenantId::new),
                row.getString("name"),
                Optional.ofNullable(row.getString("email")),
                Set.of((String[]) row.getArray("roles").getArray()),
                Reach.of(List.of((String[]) row.getArray("agents").getArray())),
                User.State.valueOf(row.getString("state")),
                row.getBoolean("came"),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }
}
