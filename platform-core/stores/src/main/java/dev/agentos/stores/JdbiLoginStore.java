package dev.agentos.stores;

import dev.agentos.identity.Login;
import dev.agentos.identity.LoginStore;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Logins in PostgreSQL, which no tenant reads. */
public final class JdbiLoginStore implements LoginStore {

    private final Connections connections;

    /** Logins behind those connections. */
    public JdbiLoginStore(Connections connections) {
        this.connections = connections;
    }

    @Override
    public boolean insert(Login login, String digest, int most, Optional<String> password) {
        return connections.asPlatform(handle -> {
            Optional<String> present = lock(handle, login.user());
            if (password.isPresent() && !password.equals(present)) {
                return false;
            }
            insert(handle, login, digest);
            handle.createUpdate("""
                DELETE FROM logins WHERE id IN (
                    SELECT id FROM logins WHERE user_id = :user ORDER BY id DESC OFFSET :most)
                """)
                    .bind("user", login.user())
                    .bind("most", most)
                    .execute();
            return true;
        });
    }

    @Override
    public boolean replace(String id, Login login, String digest) {
        return connections.asPlatform(handle -> {
            lock(handle, login.user());
            boolean there = handle.createUpdate("DELETE FROM logins WHERE id = :id")
                            .bind("id", id)
                            .execute()
                    == 1;
            if (there) {
                insert(handle, login, digest);
            }
            return there;
        });
    }

    /**
     * Until the transaction ends, no login of that person begins beside those that this one ends.
     *
     * @return the hash of their password
     */
    static Optional<String> lock(Handle handle, String user) {
        return handle.createQuery("SELECT password FROM users WHERE id = :user FOR UPDATE")
                .bind("user", user)
                .mapTo(String.class)
                .findOne();
    }

    private static void insert(Handle handle, Login login, String digest) {
        handle.createUpdate("""
            INSERT INTO logins (id, digest, user_id, tenant_id, created_at, ends_at, seen_at)
            VALUES (:id, :digest, :user, :tenant, :created, :ends, :seen)
            """)
                .bind("id", login.id())
                .bind("digest", digest)
                .bind("user", login.user())
                .bindByType("tenant", login.tenant().map(TenantId::value).orElse(null), String.class)
                .bind("created", login.createdAt())
                .bind("ends", login.endsAt())
                .bind("seen", login.seenAt())
                .execute();
    }

    @Override
    public Optional<Login> find(String digest) {
        // A tenant that is being erased lets nobody in any more.
        return connections.asPlatform(handle -> handle.createQuery("""
            SELECT * FROM logins l WHERE digest = :digest
               AND NOT EXISTS (SELECT 1 FROM tenants t WHERE t.id = l.tenant_id AND t.erasing_at IS NOT NULL)
            """)
                .bind("digest", digest)
                .map((row, context) -> new Login(
                        row.getString("id"),
                        row.getString("user_id"),
                        Optional.ofNullable(row.getString("tenant_id")).map(TenantId::new),
                        row.getObject("created_at", OffsetDateTime.class).toInstant(),
                        row.getObject("ends_at", OffsetDateTime.class).toInstant(),
                        row.getObject("seen_at", OffsetDateTime.class).toInstant()))
                .findOne());
    }

    @Override
    public void remove(String id) {
        connections.asPlatform(handle -> handle.createUpdate("DELETE FROM logins WHERE id = :id")
                .bind("id", id)
                .execute());
    }

    @Override
    public void removeAllOf(String user) {
        connections.asPlatform(handle -> removeAllOf(handle, user));
    }

    /** The same in a transaction that does something more. */
    static int removeAllOf(Handle handle, String user) {
        lock(handle, user);
        return handle.createUpdate("DELETE FROM logins WHERE user_id = :user")
                .bind("user", user)
                .execute();
    }

    @Override
    public void removeAllOf(String user, Optional<TenantId> tenant) {
        connections.asPlatform(handle -> {
            lock(handle, user);
            return handle.createUpdate("DELETE FROM logins WHERE user_id = :user AND COALESCE(tenant_id, '') = :tenant")
                    .bind("user", user)
                    .bind("tenant", tenant.map(TenantId::value).orElse(""))
                    .execute();
        });
    }

    @Override
    public void used(Map<String, Instant> times) {
        connections.asPlatform(handle -> LastUses.write(handle, "logins", "seen_at", times));
    }

    @Override
    public void removeEnded(Instant now, Instant unusedSince) {
        connections.asPlatform(handle -> {
            handle.createUpdate("DELETE FROM logins WHERE ends_at < :now OR seen_at < :since")
                    .bind("now", now)
                    .bind("since", unusedSince)
                    .execute();
            handle.createUpdate("DELETE FROM invitations WHERE ends_at < :now")
                    .bind("now", now)
                    .execute();
            // Of tenants that are gone; one that is invited at this moment fails the statement, and is not gone.
            handle.createUpdate("""
                DELETE FROM users u WHERE NOT EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = u.id)
                """).execute();
            return handle.createUpdate("DELETE FROM login_attempts WHERE last_at < :before AND closed_to < :now")
                    .bind("before", now.minus(Duration.ofDays(1)))
                    .bind("now", now)
                    .execute();
        });
    }

    @Override
    public Duration attempt(String subject, Instant now, Terms terms) {
        return connections.asPlatform(handle -> {
            handle.createUpdate("""
                INSERT INTO login_attempts (subject, attempts, last_at, closed_to)
                VALUES (:subject, 0, :now, to_timestamp(0)) ON CONFLICT DO NOTHING
                """).bind("subject", subject).bind("now", now).execute();
            return counted(handle, subject, now, terms);
        });
    }

    private static Duration counted(Handle handle, String subject, Instant now, Terms terms) {
        record Row(int attempts, Instant lastAt, Instant closedTo) {}
        Row row = handle.createQuery("""
            SELECT attempts, last_at, closed_to FROM login_attempts
             WHERE subject = :subject FOR UPDATE
            """)
                .bind("subject", subject)
                .map((result, context) -> new Row(
                        result.getInt("attempts"),
                        result.getObject("last_at", OffsetDateTime.class).toInstant(),
                        result.getObject("closed_to", OffsetDateTime.class).toInstant()))
                .one();
        if (row.closedTo().isAfter(now)) {
            return Duration.between(now, row.closedTo());
        }
        int attempts = row.lastAt().plus(terms.memory()).isBefore(now) ? 1 : row.attempts() + 1;
        handle.createUpdate("""
            UPDATE login_attempts SET attempts = :attempts, last_at = :now, closed_to = :closed
             WHERE subject = :subject
            """)
                .bind("subject", subject)
                .bind("attempts", attempts)
                .bind("now", now)
                .bind("closed", now.plus(terms.waitAfter(attempts)))
                .execute();
        return Duration.ZERO;
    }

    @Override
    public void forgive(String subject, boolean all) {
        connections.asPlatform(handle -> handle.createUpdate("""
            UPDATE login_attempts
               SET attempts = CASE WHEN :all THEN 0 ELSE greatest(attempts - 1, 0) END,
                   closed_to = last_at
             WHERE subject = :subject
            """)
                .bind("subject", subject)
                .bind("all", all)
                .execute());
    }
}
