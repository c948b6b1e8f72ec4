package dev.agentos.stores;

import dev.agentos.kernel.Ids;
import dev.agentos.retention.RetentionKind;
import dev.agentos.retention.RetentionRule;
import dev.agentos.retention.RetentionStore;
import dev.agentos.tenancy.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * How long things are kept in PostgreSQL, and their removal. A step looks at the next rows of an index that is there
 * for other reasons: ids tell when something began, which was before it was over. Each step holds a lock that one
 * server has at a time.
 */
public final class JdbiRetention implements RetentionStore {

    /** Clocks of servers may differ by that much from the database's. */
    private static final Duration SKEW = Duration.ofHours(1);

    private static final String UNFINISHED =
            "EXISTS (SELECT FROM executions e WHERE e.tenant_id = t.tenant_id AND e.%s AND e.finished_at IS NULL)";

    /** An execution of whose end somebody is still to be told. */
    private static final String UNTOLD = """
        EXISTS (SELECT FROM webhook_deliveries w
                 WHERE w.tenant_id = %1$s.tenant_id AND w.execution = %1$s.id AND w.state IN ('WAITING', 'DUE'))\
        """;

    /** {@code :bound} is an id of the time; {@code %s} is what the walk adds. */
    private static final String EXECUTIONS = """
        FROM executions t WHERE t.tenant_id = :tenant AND t.id < :bound %s\
        """;

    private static final String EXECUTION_OVER = """
        t.finished_at < :before AND NOT EXISTS (
            SELECT FROM sessions s WHERE s.tenant_id = t.tenant_id AND s.id = t.session AND t.number IN (s.base, s.heir))
           AND NOT\
        """ + " " + UNTOLD.formatted("t");

    private static final String SESSIONS = """
        FROM sessions t WHERE t.tenant_id = :tenant AND t.created_at < :before %s\
        """;

    private static final String SESSION_OVER =
            "t.changed_at < :before AND NOT " + UNFINISHED.formatted("session = t.id")
                    + " AND NOT EXISTS (SELECT FROM executions e WHERE e.tenant_id = t.tenant_id AND e.session = t.id"
                    + " AND "
                    + UNTOLD.formatted("e") + ")";

    private static final String APPROVALS = """
        FROM approvals t WHERE t.tenant_id = :tenant AND t.state IN ('APPROVED', 'REJECTED', 'EXPIRED', 'WITHDRAWN')
           AND t.id < :bound %s\
        """;

    /** A decision has the time of the server that took it, which may be behind; everything else the database's. */
    private static final String APPROVAL_OVER = "t.decided_at < CAST(:before AS timestamptz) - interval '"
            + SKEW.toSeconds() + " seconds' AND t.told_at IS NOT NULL AND NOT "
            + UNFINISHED.formatted("id = t.execution");

    private static final String USAGE =
            "FROM model_usage t WHERE t.tenant_id = :tenant AND t.day < CAST(CAST(:before AS timestamptz) AT TIME ZONE"
                    + " 'UTC' AS date)";

    private final Connections connections;

    /** Over those connections. */
    public JdbiRetention(Connections connections) {
        this.connections = connections;
    }

    @Override
    public boolean put(RetentionRule rule, long seen) {
        return connections.asPlatform(handle -> row(rule.tenant(), rule.kind())
                        .write(handle, List.of("keep", "changed_by", "changed_at", "revision"), seen)
                        .bind("keep", rule.keep().toSeconds())
                        .bind("changed_by", rule.by())
                        .bind("changed_at", rule.at())
                        .bind("revision", rule.revision())
                        .execute()
                == 1);
    }

    @Override
    public boolean delete(Optional<TenantId> tenant, RetentionKind kind, long seen) {
        return connections.asPlatform(handle -> row(tenant, kind).delete(handle, seen));
    }

    private static RevisedRow row(Optional<TenantId> tenant, RetentionKind kind) {
        return new RevisedRow("retention_rules", tenant, "kind", kind.word());
    }

    @Override
    public List<RetentionRule> rules(Optional<TenantId> tenant) {
        return connections.asPlatform(
                handle -> handle.createQuery("SELECT * FROM retention_rules WHERE <owned> ORDER BY kind")
                        .addCustomizer(new Owned(tenant))
                        .map(JdbiRetention::rule)
                        .list());
    }

    private static RetentionRule rule(ResultSet row, StatementContext context) throws SQLException {
        return new RetentionRule(
                Optional.ofNullable(row.getString("tenant_id")).map(TenantId::new),
                RetentionKind.ofWord(row.getString("kind")).orElseThrow(),
                Duration.ofSeconds(row.getLong("keep")),
                row.getString("changed_by"),
                JdbiExports.time(row, "changed_at"),
                row.getLong("revision"));
    }

    @Override
    public List<InForce> inForce() {
        return connections.asPlatform(handle -> handle.createQuery("""
            SELECT t.id, k.kind, least(own.keep, most.keep) AS keep
              FROM tenants t CROSS JOIN (SELECT DISTINCT kind FROM retention_rules) k
              LEFT JOIN retention_rules own ON own.tenant_id = t.id AND own.kind = k.kind
              LEFT JOIN retention_rules most ON most.tenant_id IS NULL AND most.kind = k.kind
             WHERE t.erasing_at IS NULL AND least(own.keep, most.keep) IS NOT NULL
             ORDER BY t.id, k.kind
            """)
                .map((row, context) -> new InForce(
                        new TenantId(row.getString("id")),
                        RetentionKind.ofWord(row.getString("kind")).orElseThrow(),
                        Duration.ofSeconds(row.getLong("keep"))))
                .list());
    }

    @Override
    public Instant now() {
        return connections.asPlatform(handle -> handle.createQuery("SELECT clock_timestamp() AS now")
                .map((row, context) -> JdbiExports.time(row, "now"))
                .one());
    }

    @Override
    public long count(TenantId tenant, RetentionKind kind, Instant before) {
        String sql = switch (kind) {
            case EXECUTIONS -> EXECUTIONS.formatted("AND " + EXECUTION_OVER);
            case SESSIONS -> SESSIONS.formatted("AND " + SESSION_OVER);
            case APPROVALS -> APPROVALS.formatted("AND " + APPROVAL_OVER);
            case USAGE -> USAGE;
        };
        return connections.asPlatform(handle -> {
            var query = handle.createQuery("SELECT count(*) " + sql)
                    .bind("tenant", tenant.value())
                    .bind("before", before);
            return (kind == RetentionKind.EXECUTIONS || kind == RetentionKind.APPROVALS
                            ? query.bind("bound", bound(kind, before))
                            : query)
                    .mapTo(Long.class)
                    .one();
        });
    }

    @Override
    public Optional<Step> remove(
            TenantId tenant, RetentionKind kind, Instant before, Optional<String> after, int most) {
        return connections.asPlatform(handle -> {
            boolean alone = handle.createQuery("SELECT pg_try_advisory_xact_lock(hashtextextended('retention', 0))")
                    .mapTo(Boolean.class)
                    .one();
            if (!alone) {
                return Optional.<Step>empty();
            }
            Place place = new Place(handle, tenant, before, after, most);
            return Optional.of(
                    switch (kind) {
                        case EXECUTIONS -> executions(place);
                        case SESSIONS -> sessions(place);
                        case APPROVALS -> approvals(place);
                        case USAGE -> usage(place);
                    });
        });
    }

    /** Where a step is. */
    private record Place(Handle handle, TenantId tenant, Instant before, Optional<String> after, int most) {

        Optional<String> next(List<String> looked) {
            return looked.size() < most ? Optional.empty() : Optional.of(looked.getLast());
        }
    }

    private static String bound(RetentionKind kind, Instant before) {
        return Ids.least(kind == RetentionKind.EXECUTIONS ? "exe" : "apr", before.plus(SKEW));
    }

    /** The ids that a step looks at. */
    private static List<String> looked(Place place, RetentionKind kind, String from) {
        return place.handle()
                .createQuery("SELECT t.id " + from.formatted("AND t.id > :after") + " ORDER BY t.id LIMIT :most")
                .bind("tenant", place.tenant().value())
                .bind("bound", bound(kind, place.before()))
                .bind("after", place.after().orElse(""))
                .bind("most", place.most())
                .mapTo(String.class)
                .list();
    }

    private static Step executions(Place place) {
        List<String> looked = looked(place, RetentionKind.EXECUTIONS, EXECUTIONS);
        List<Long> over = place.handle()
                .createQuery("SELECT t.number FROM executions t WHERE t.tenant_id = :tenant AND t.id = ANY (:ids) AND "
                        + EXECUTION_OVER + " FOR UPDATE SKIP LOCKED")
                .bind("tenant", place.tenant().value())
                .bind("before", place.before())
                .bindArray("ids", String.class, looked)
                .mapTo(Long.class)
                .list();
        return new Step(JdbiTenantData.removeExecutions(place.handle(), over), place.next(looked));
    }

    private static Step sessions(Place place) {
        List<Long> looked = place.handle()
                .createQuery("SELECT t.number " + SESSIONS.formatted("AND t.number > :after")
                        + " ORDER BY t.number LIMIT :most")
                .bind("tenant", place.tenant().value())
                .bind("before", place.before())
                .bind("after", place.after().map(Long::parseLong).orElse(0L))
                .bind("most", place.most())
                .mapTo(Long.class)
                .list();
        // Whoever adds an execution to a session locks its row before.
        List<String> over = place.handle()
                .createQuery(
                        "SELECT t.id FROM sessions t WHERE t.tenant_id = :tenant AND t.number = ANY (:numbers) AND "
                                + SESSION_OVER + " ORDER BY t.number FOR UPDATE SKIP LOCKED")
                .bind("tenant", place.tenant().value())
                .bind("before", place.before())
                .bindArray("numbers", Long.class, looked)
                .mapTo(String.class)
                .list();
        long removed = 0;
        for (String session : over) {
            removed += session(place, session) ? 1 : 0;
        }
        return new Step(removed, place.next(looked.stream().map(String::valueOf).toList()));
    }

    /** Its executions as they are now that its row is locked; one that was added in between saves it. */
    private static boolean session(Place place, String session) {
        boolean busy = place.handle()
                .createQuery(
                        "SELECT EXISTS (SELECT FROM executions e WHERE e.tenant_id = :tenant AND e.session = :session"
                                + " AND (e.finished_at IS NULL OR " + UNTOLD.formatted("e") + "))")
                .bind("tenant", place.tenant().value())
                .bind("session", session)
                .mapTo(Boolean.class)
                .one();
        if (busy) {
            return false;
        }
        JdbiTenantData.removeExecutions(
                place.handle(),
                place.handle()
                        .createQuery("SELECT number FROM executions WHERE tenant_id = :tenant AND session = :session"
                                + " FOR UPDATE")
                        .bind("tenant", place.tenant().value())
                        .bind("session", session)
                        .mapTo(Long.class)
                        .list());
        return place.handle()
                        .createUpdate("DELETE FROM sessions WHERE tenant_id = :tenant AND id = :session")
                        .bind("tenant", place.tenant().value())
                        .bind("session", session)
                        .execute()
                == 1;
    }

    private static Step approvals(Place place) {
        List<String> looked = looked(place, RetentionKind.APPROVALS, APPROVALS);
        long removed = place.handle()
                .createUpdate("DELETE FROM approvals t WHERE t.tenant_id = :tenant AND t.id = ANY (:ids) AND "
                        + APPROVAL_OVER)
                .bind("tenant", place.tenant().value())
                .bind("before", place.before())
                .bindArray("ids", String.class, looked)
                .execute();
        return new Step(removed, place.next(looked));
    }

    private static Step usage(Place place) {
        long removed = place.handle()
                .createUpdate("DELETE FROM model_usage WHERE ctid = ANY (ARRAY(SELECT t.ctid " + USAGE
                        + " ORDER BY t.day LIMIT :most))")
                .bind("tenant", place.tenant().value())
                .bind("before", place.before())
                .bind("most", place.most())
                .execute();
        return new Step(removed, removed < place.most() ? Optional.empty() : Optional.of("more"));
    }
}
