package dev.agentos.stores;

import dev.agentos.execution.ExecutionState;
import dev.agentos.graph.GraphReference;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.tenancy.TenantId;
import dev.agentos.webhooks.Delivery;
import dev.agentos.webhooks.DeliveryState;
import dev.agentos.webhooks.Ending;
import dev.agentos.webhooks.WebhookStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * Deliveries and what signs them, in PostgreSQL. A claim moves the time of the next attempt forward, so that a delivery
 * is one server's until then, and the epoch, so that what an earlier owner has to say of it comes to nothing.
 */
public final class JdbiWebhooks implements WebhookStore {

    private static final String CLAIM = """
        WITH due AS (
            SELECT id, row_number() OVER (PARTITION BY tenant_id ORDER BY next_at) AS place
              FROM (SELECT id, tenant_id, next_at FROM webhook_deliveries
                     WHERE state = 'DUE' AND next_at <= statement_timestamp() AND tenant_id <> ALL (:without)
                     ORDER BY next_at LIMIT 1000) first),
        taken AS (
            SELECT d.id FROM webhook_deliveries d JOIN due ON due.id = d.id
             WHERE due.place <= :each AND d.state = 'DUE' AND d.next_at <= statement_timestamp()
             ORDER BY d.next_at LIMIT :most FOR UPDATE OF d SKIP LOCKED)
        UPDATE webhook_deliveries d
           SET attempts = d.attempts + 1, epoch = d.epoch + 1,
               next_at = clock_timestamp() + make_interval(secs => :lease)
          FROM taken t, executions e
         WHERE d.id = t.id AND e.tenant_id = d.tenant_id AND e.id = d.execution
        RETURNING d.*, e.state AS ended_as, e.agent, e.graph_id, e.graph_version, e.session, e.failure AS why,
                  e.created_at AS begun_at, e.finished_at
        """;

    private final Connections connections;

    /** Over those connections. */
    public JdbiWebhooks(Connections connections) {
        this.connections = connections;
    }

    @Override
    public List<Secret> secrets(TenantId tenant, int most) {
        return connections.inTenant(
                tenant,
                handle -> handle.createQuery("""
                    SELECT * FROM webhook_secrets
                     WHERE tenant_id = :tenant AND (retires_at IS NULL OR retires_at > clock_timestamp())
                     ORDER BY retires_at DESC NULLS FIRST, id DESC LIMIT :most
                    """)
                        .bind("tenant", tenant.value())
                        .bind("most", most)
                        .map((row, context) -> new Secret(
                                row.getString("id"),
                                row.getString("sealed"),
                                time(row, "made_at").orElseThrow(),
                                time(row, "retires_at")))
                        .list());
    }

    @Override
    public boolean add(TenantId tenant, String id, String sealed, Optional<String> replaced, Duration overlap) {
        return connections.inTenant(tenant, handle -> {
            handle.createUpdate("""
                DELETE FROM webhook_secrets WHERE tenant_id = :tenant AND retires_at < clock_timestamp()
                """).bind("tenant", tenant.value()).execute();
            int retired = handle.createUpdate("""
                UPDATE webhook_secrets SET retires_at = clock_timestamp() + make_interval(secs => :overlap)
                 WHERE tenant_id = :tenant AND id = :replaced AND retires_at IS NULL
                """)
                    .bind("tenant", tenant.value())
                    .bindByType("replaced", replaced.orElse(null), String.class)
                    .bind("overlap", (double) overlap.toSeconds())
                    .execute();
            if (replaced.isPresent() && retired == 0) {
                return false;
            }
            return handle.createUpdate("""
                INSERT INTO webhook_secrets (tenant_id, id, sealed) VALUES (:tenant, :id, :sealed)
                ON CONFLICT DO NOTHING
                """)
                            .bind("tenant", tenant.value())
                            .bind("id", id)
                            .bind("sealed", sealed)
                            .execute()
                    == 1;
        });
    }

    @Override
    public Page<Delivery> list(
            TenantId tenant, Optional<DeliveryState> state, Optional<String> execution, PageRequest request) {
        return Page.of(
                connections.inTenant(
                        tenant,
                        handle -> handle.createQuery("""
                            SELECT * FROM webhook_deliveries
                             WHERE tenant_id = :tenant AND (CAST(:state AS text) IS NULL OR state = :state)
                               AND (CAST(:execution AS text) IS NULL OR execution = :execution)
                               AND (CAST(:before AS text) IS NULL OR id < :before)
                             ORDER BY id DESC LIMIT :limit
                            """)
                                .bind("tenant", tenant.value())
                                .bindByType(
                                        "state", state.map(DeliveryState::name).orElse(null), String.class)
                                .bindByType("execution", execution.orElse(null), String.class)
                                .bindByType("before", request.cursor().orElse(null), String.class)
                                .bind("limit", request.limit() + 1)
                                .map(JdbiWebhooks::delivery)
                                .list()),
                request.limit(),
                Delivery::id);
    }

    @Override
    public Optional<Delivery> find(TenantId tenant, String id) {
        return connections.inTenant(
                tenant,
                handle -> handle.createQuery("SELECT * FROM webhook_deliveries WHERE tenant_id = :tenant AND id = :id")
                        .bind("tenant", tenant.value())
                        .bind("id", id)
                        .map(JdbiWebhooks::delivery)
                        .findOne());
    }

    @Override
    public void again(TenantId tenant, String id) {
        connections.inTenant(
                tenant,
                handle -> handle.createUpdate("""
                    UPDATE webhook_deliveries
                       SET state = 'DUE', next_at = clock_timestamp(), attempts = 0, epoch = epoch + 1
                     WHERE tenant_id = :tenant AND id = :id AND state <> 'WAITING'
                    """)
                        .bind("tenant", tenant.value())
                        .bind("id", id)
                        .execute());
    }

    @Override
    public void ended(Collection<String> executions) {
        connections.asPlatform(handle -> handle.createUpdate("""
            UPDATE webhook_deliveries d SET state = 'DUE', next_at = statement_timestamp()
              FROM executions e
             WHERE d.execution = ANY (:executions) AND d.state = 'WAITING'
               AND e.tenant_id = d.tenant_id AND e.id = d.execution AND e.finished_at IS NOT NULL
            """)
                .bindArray("executions", String.class, List.copyOf(executions))
                .execute());
    }

    @Override
    public Optional<String> lookBehind(String execution, int most) {
        return connections.asPlatform(handle -> handle.createQuery("""
            WITH seen AS (
                SELECT id, tenant_id, execution FROM webhook_deliveries
                 WHERE state = 'WAITING' AND execution > :after ORDER BY execution LIMIT :most),
            ended AS (
                UPDATE webhook_deliveries d SET state = 'DUE', next_at = statement_timestamp()
                  FROM seen s, executions e
                 WHERE d.id = s.id AND d.state = 'WAITING'
                   AND e.tenant_id = s.tenant_id AND e.id = s.execution AND e.finished_at IS NOT NULL)
            SELECT execution FROM seen ORDER BY execution DESC LIMIT 1
            """)
                .bind("after", execution)
                .bind("most", most)
                .mapTo(String.class)
                .findOne());
    }

    @Override
    public List<Claimed> claim(int most, int each, Collection<TenantId> without, Duration lease) {
        return connections.asPlatform(handle -> handle.createQuery(CLAIM)
                .bind("most", most)
                .bind("each", each)
                .bindArray(
                        "without",
                        String.class,
                        without.stream().map(TenantId::value).toList())
                .bind("lease", (double) lease.toSeconds())
                .map((row, context) -> new Claimed(delivery(row, context), row.getInt("epoch"), ending(row)))
                .list());
    }

    @Override
    public void attempted(Claimed claimed, Delivery.Attempt attempt, DeliveryState state, Duration pause) {
        connections.asPlatform(handle -> handle.createUpdate("""
            UPDATE webhook_deliveries
               SET state = :state, attempted_at = :at, status = :status, failure = :failure,
                   next_at = CASE WHEN :state = 'DUE' THEN clock_timestamp() + make_interval(secs => :pause) END
             WHERE id = :id AND epoch = :epoch AND state = 'DUE'
            """)
                .bind("state", state.name())
                .bind("at", attempt.at().atOffset(ZoneOffset.UTC))
                .bindByType("status", attempt.status().orElse(null), Integer.class)
                .bindByType("failure", attempt.failure().orElse(null), String.class)
                .bind("pause", pause.toMillis() / 1_000.0)
                .bind("id", claimed.delivery().id())
                .bind("epoch", claimed.epoch())
                .execute());
    }

    @Override
    public void handBack(Claimed claimed, Duration pause) {
        connections.asPlatform(handle -> handle.createUpdate("""
            UPDATE webhook_deliveries
               SET attempts = attempts - 1, next_at = clock_timestamp() + make_interval(secs => :pause)
             WHERE id = :id AND epoch = :epoch AND state = 'DUE'
            """)
                .bind("pause", pause.toMillis() / 1_000.0)
                .bind("id", claimed.delivery().id())
                .bind("epoch", claimed.epoch())
                .execute());
    }

    private static Delivery delivery(ResultSet row, StatementContext context) throws SQLException {
        Optional<Instant> attempted = time(row, "attempted_at");
        Optional<Integer> status = Optional.ofNullable(row.getObject("status", Integer.class));
        Optional<String> failure = Optional.ofNullable(row.getString("failure"));
        return new Delivery(
                row.getString("id"),
                new TenantId(row.getString("tenant_id")),
                row.getString("execution"),
                row.getString("url"),
                DeliveryState.valueOf(row.getString("state")),
                row.getInt("attempts"),
                time(row, "created_at").orElseThrow(),
                time(row, "next_at"),
                attempted.map(at -> new Delivery.Attempt(at, status, failure)));
    }

    private static Ending ending(ResultSet row) throws SQLException {
        return new Ending(
                row.getString("execution"),
                ExecutionState.valueOf(row.getString("ended_as")),
                Optional.ofNullable(row.getString("agent")),
                new GraphReference(row.getString("graph_id"), row.getInt("graph_version")),
                Optional.ofNullable(row.getString("session")),
                Optional.ofNullable(row.getString("why")).map(Json::parseObject).map(Failure::fromJson),
                time(row, "begun_at").orElseThrow(),
                time(row, "finished_at").orElseThrow());
    }

    private static Optional<Instant> time(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getObject(column, OffsetDateTime.class)).map(OffsetDateTime::toInstant);
    }
}
