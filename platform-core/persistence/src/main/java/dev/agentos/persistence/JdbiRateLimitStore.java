package dev.agentos.persistence;

import dev.agentos.limits.RateLimit;
import dev.agentos.limits.RateLimitStore;
import dev.agentos.stores.RevisedRow;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.statement.Query;

/** Rate limits in PostgreSQL; a window is a row, and handing out a share of it one statement. */
final class JdbiRateLimitStore implements RateLimitStore {

    /** A window goes on, or is over and begins anew, and gives what is left of what is wanted. */
    private static final String GOES_ON = """
        DO UPDATE
           SET (began_at, duration, granted, latest) = (
               SELECT CASE WHEN over THEN clock_timestamp() ELSE w.began_at END, :window,
                      CASE WHEN over THEN least(:wanted, :most)
                           ELSE greatest(w.granted, least(:most, w.granted + :wanted)) END,
                      CASE WHEN over THEN least(:wanted, :most)
                           ELSE greatest(0, least(:wanted, :most - w.granted)) END
                 FROM (SELECT w.duration <> :window
                           OR clock_timestamp() >= w.began_at + :window * interval '1 millisecond') AS t (over))
        RETURNING latest, greatest(0, :most - granted) AS remaining,
                  CAST(1000 * extract(epoch FROM began_at + duration * interval '1 millisecond'
                                                 - clock_timestamp()) AS bigint) AS millis
        """;

    private final PlatformTransactions platform;

    JdbiRateLimitStore(PlatformTransactions platform) {
        this.platform = platform;
    }

    @Override
    public List<RateLimit> rateLimits() {
        return platform.query(handle -> handle.createQuery(
                        "SELECT * FROM rate_limits_in_force ORDER BY tenant_id, scope")
                .map((row, context) -> new RateLimit(
                        new TenantId(row.getString("tenant_id")),
                        RateLimit.Scope.valueOf(row.getString("scope")),
                        new RateLimit.Terms(
                                row.getInt("requests"),
                                Duration.ofSeconds(row.getInt("duration")),
                                row.getBoolean("even")),
                        row.getString("changed_by"),
                        Rows.instant(row, "changed_at"),
                        row.getLong("revision")))
                .list());
    }

    @Override
    public boolean put(RateLimit limit, long seen) {
        return platform.call(handle -> row(limit.tenant(), limit.scope())
                        .write(
                                handle,
                                List.of("requests", "duration", "even", "changed_by", "changed_at", "revision"),
                                seen)
                        .bind("requests", limit.terms().requests())
                        .bind("duration", Math.toIntExact(limit.terms().window().toSeconds()))
                        .bind("even", limit.terms().even())
                        .bind("changed_by", limit.by())
                        .bind("changed_at", limit.at())
                        .bind("revision", limit.revision())
                        .execute()
                == 1);
    }

    @Override
    public boolean delete(TenantId tenant, RateLimit.Scope scope, long seen) {
        return platform.call(handle -> {
            boolean gone = row(tenant, scope).delete(handle, seen);
            if (gone) {
                handle.createUpdate("DELETE FROM rate_windows WHERE tenant_id = :tenant AND scope = :scope")
                        .bind("tenant", tenant.value())
                        .bind("scope", scope.name())
                        .execute();
            }
            return gone;
        });
    }

    private static RevisedRow row(TenantId tenant, RateLimit.Scope scope) {
        return new RevisedRow("rate_limits", Optional.of(tenant), "scope", scope.name());
    }

    @Override
    public Lease lease(TenantId tenant, RateLimit.Scope scope, String subject, int most, long window, int wanted) {
        return platform.query(handle -> taken(
                        handle.createQuery("""
                            INSERT INTO rate_windows AS w (tenant_id, scope, subject, began_at, duration, granted, latest)
                            SELECT l.tenant_id, l.scope, :subject, clock_timestamp(), :window, least(:wanted, :most),
                                   least(:wanted, :most)
                              FROM rate_limits_in_force l WHERE l.tenant_id = :tenant AND l.scope = :scope
                            ON CONFLICT (tenant_id, scope, subject)
                            """ + GOES_ON)
                                .bind("tenant", tenant.value())
                                .bind("scope", scope.name())
                                .bind("subject", subject),
                        most,
                        window,
                        wanted)
                // The limit was removed a moment ago, of which this server is about to hear.
                .orElse(new Lease(wanted, most, 1000)));
    }

    @Override
    public Lease lease(TenantId tenant, String subject, int most, long window, int wanted) {
        return platform.query(handle -> taken(
                        handle.createQuery("""
                            INSERT INTO rule_windows AS w (tenant_id, subject, began_at, duration, granted, latest)
                            SELECT t.id, :subject, clock_timestamp(), :window, least(:wanted, :most), least(:wanted, :most)
                              FROM tenants t WHERE t.id = :tenant AND t.erasing_at IS NULL
                            ON CONFLICT (tenant_id, subject)
                            """ + GOES_ON)
                                .bind("tenant", tenant.value())
                                .bind("subject", subject),
                        most,
                        window,
                        wanted)
                // A tenant that is no more gets nothing.
                .orElse(new Lease(0, 0, window)));
    }

    private static Optional<Lease> taken(Query statement, int most, long window, int wanted) {
        return statement
                .bind("most", most)
                .bind("window", window)
                .bind("wanted", wanted)
                .map((row, context) -> new Lease(row.getInt("latest"), row.getInt("remaining"), row.getLong("millis")))
                .findOne();
    }
}
