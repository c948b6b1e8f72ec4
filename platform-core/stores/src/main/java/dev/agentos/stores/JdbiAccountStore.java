package dev.agentos.stores;

import dev.agentos.identity.Account;
import dev.agentos.identity.AccountStore;
import dev.agentos.identity.Invitation;
import dev.agentos.identity.Powers;
import dev.agentos.tenancy.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/** Accounts in PostgreSQL, which no tenant reads. */
public final class JdbiAccountStore implements AccountStore {

    /** Of :id, invited by :tenant. */
    private static final String CHOOSES = """
        SELECT EXISTS (
            SELECT FROM users u
             WHERE u.id = :id AND u.password IS NULL
               AND NOT EXISTS (SELECT FROM subjects s WHERE s.user_id = u.id)
               AND NOT EXISTS (SELECT FROM memberships m
                                WHERE m.user_id = u.id AND m.tenant_id IS DISTINCT FROM :tenant
                                  AND (m.tenant_id IS NULL OR m.came OR m.state = 'ACTIVE')))
        """;

    private final Connections connections;

    /** Accounts behind those connections. */
    public JdbiAccountStore(Connections connections) {
        this.connections = connections;
    }

    @Override
    public Optional<Account> findByEmail(String email) {
        return connections.asPlatform(handle -> handle.createQuery("SELECT * FROM users WHERE email = :email")
                .bind("email", email)
                .map(JdbiAccountStore::account)
                .findOne());
    }

    @Override
    public Optional<Account> find(String id) {
        return connections.asPlatform(
                handle -> handle.createQuery("SELECT * FROM users WHERE id = :id AND email IS NOT NULL")
                        .bind("id", id)
                        .map(JdbiAccountStore::account)
                        .findOne());
    }

    @Override
    public Optional<String> userOf(String subject) {
        return connections.asPlatform(handle -> handle.createQuery("SELECT user_id FROM subjects WHERE id = :id")
                .bind("id", subject)
                .mapTo(String.class)
                .findOne());
    }

    @Override
    public boolean link(String subject, String user) {
        return connections.asPlatform(handle -> {
            JdbiLoginStore.lock(handle, user);
            boolean first = handle.createQuery("SELECT NOT EXISTS (SELECT FROM subjects WHERE user_id = :user)")
                    .bind("user", user)
                    .mapTo(Boolean.class)
                    .one();
            handle.createUpdate("""
                INSERT INTO subjects (id, user_id) SELECT :id, id FROM users WHERE id = :user
                ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id, linked_at = clock_timestamp()
                 WHERE subjects.user_id <> excluded.user_id
                """).bind("id", subject).bind("user", user).execute();
            boolean taken = first && handle.createUpdate("""
                UPDATE users u SET password = NULL
                 WHERE id = :user AND password IS NOT NULL
                   AND NOT EXISTS (SELECT FROM memberships m
                                    WHERE m.user_id = u.id AND m.tenant_id IS NULL AND m.state = 'ACTIVE')
                """).bind("user", user).execute() == 1;
            if (taken) {
                JdbiLoginStore.removeAllOf(handle, user);
            }
            return taken;
        });
    }

    @Override
    public void keep(TenantId tenant, String subject, Called called) {
        connections.inTenant(
                tenant,
                handle -> handle.createUpdate("""
                    INSERT INTO subject_names (tenant_id, id, name, email, said_at)
                    VALUES (:tenant, :id, :name, :email, clock_timestamp())
                    ON CONFLICT (tenant_id, id) DO UPDATE
                       SET name = excluded.name, email = excluded.email, said_at = excluded.said_at
                     WHERE (subject_names.name, subject_names.email)
                           IS DISTINCT FROM (excluded.name, excluded.email)
                    """)
                        .bind("tenant", tenant.value())
                        .bind("id", subject)
                        .bind("name", called.name())
                        .bindByType("email", called.email().orElse(null), String.class)
                        .execute());
    }

    @Override
    public Optional<Called> called(TenantId tenant, String subject) {
        return connections.inTenant(
                tenant,
                handle -> handle.createQuery("SELECT name, email FROM subject_names WHERE id = :id")
                        .bind("id", subject)
                        .map((row, context) ->
                                new Called(row.getString("name"), Optional.ofNullable(row.getString("email"))))
                        .findOne());
    }

    @Override
    public boolean changePassword(String id, String present, String hash) {
        return connections.asPlatform(handle -> {
            Optional<String> known = JdbiLoginStore.lock(handle, id);
            boolean same = known.filter(present::equals).isPresent();
            if (same) {
                resetPassword(handle, id, hash);
            }
            return same;
        });
    }

    private static void setPassword(Handle handle, String id, String hash) {
        handle.createUpdate("UPDATE users SET password = :hash WHERE id = :id")
                .bind("hash", hash)
                .bind("id", id)
                .execute();
    }

    private static void resetPassword(Handle handle, String id, String hash) {
        setPassword(handle, id, hash);
        JdbiLoginStore.removeAllOf(handle, id);
    }

    @Override
    public boolean choosesPassword(String id, Optional<TenantId> tenant) {
        return connections.asPlatform(handle -> chooses(handle, id, tenant.map(TenantId::value)));
    }

    private static boolean chooses(Handle handle, String id, Optional<String> tenant) {
        return handle.createQuery(CHOOSES)
                .bind("id", id)
                .bindByType("tenant", tenant.orElse(null), String.class)
                .mapTo(Boolean.class)
                .one();
    }

    @Override
    public void invite(Invitation invitation, String digest) {
        connections.asPlatform(handle -> {
            JdbiLoginStore.lock(handle, invitation.user());
            handle.createUpdate("""
                DELETE FROM invitations WHERE user_id = :user AND <owned>
                """)
                    .bind("user", invitation.user())
                    .addCustomizer(new Owned(invitation.tenant()))
                    .execute();
            return handle.createUpdate("""
                INSERT INTO invitations (digest, user_id, tenant_id, reset, powers, ends_at)
                VALUES (:digest, :user, :tenant, :reset, :powers, :ends)
                """)
                    .bind("digest", digest)
                    .bind("user", invitation.user())
                    .bindByType(
                            "tenant", invitation.tenant().map(TenantId::value).orElse(null), String.class)
                    .bind("reset", invitation.reset())
                    .bindArray("powers", String.class, invitation.powers().written())
                    .bind("ends", invitation.endsAt())
                    .execute();
        });
    }

    @Override
    public Optional<Invitation> findInvitation(String digest) {
        return connections.asPlatform(handle -> invitation(handle, digest));
    }

    private static Optional<Invitation> invitation(Handle handle, String digest) {
        return handle.createQuery("SELECT * FROM invitations WHERE digest = :digest")
                .bind("digest", digest)
                .map((row, context) -> new Invitation(
                        row.getString("user_id"),
                        Optional.ofNullable(row.getString("tenant_id")).map(TenantId::new),
                        row.getBoolean("reset"),
                        Powers.of(List.of((String[]) row.getArray("powers").getArray())),
                        row.getObject("ends_at", OffsetDateTime.class).toInstant()))
                .findOne();
    }

    @Override
    public boolean takeInvitation(String digest) {
        return connections.asPlatform(handle -> take(handle, digest));
    }

    private static boolean take(Handle handle, String digest) {
        return handle.createUpdate("DELETE FROM invitations WHERE digest = :digest")
                        .bind("digest", digest)
                        .execute()
                == 1;
    }

    @Override
    public boolean takeInvitation(String digest, String hash) {
        return connections.asPlatform(handle -> {
            Optional<Invitation> found = invitation(handle, digest);
            if (found.isEmpty()) {
                return false;
            }
            String user = found.get().user();
            JdbiLoginStore.lock(handle, user);
            boolean takes = chooses(handle, user, found.get().tenant().map(TenantId::value)) && take(handle, digest);
            if (takes) {
                setPassword(handle, user, hash);
            }
            return takes;
        });
    }

    @Override
    public boolean takeReset(String digest, String hash) {
        return connections.asPlatform(handle -> {
            Optional<Invitation> found = invitation(handle, digest);
            found.ifPresent(one -> JdbiLoginStore.lock(handle, one.user()));
            boolean taken = found.isPresent() && take(handle, digest);
            if (taken) {
                resetPassword(handle, found.get().user(), hash);
            }
            return taken;
        });
    }

    private static Account account(ResultSet row, StatementContext context) throws SQLException {
        return new Account(row.getString("id"), row.getString("email"), Optional.ofNullable(row.getString("password")));
    }
}
