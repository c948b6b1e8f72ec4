package dev.agentos.persistence.internal;

import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionRequest.Origin;
import dev.agentos.execution.ExecutionRequest.Webhook;
import dev.agentos.execution.ExecutionStore.Claimant;
import dev.agentos.execution.RequestKey;
import dev.agentos.kernel.Json;
import dev.agentos.persistence.internal.AdmissionWriter.Admission;
import dev.agentos.persistence.internal.AdmissionWriter.Admitted;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The statement that adds executions of many tenants, each with the first row of its log. Rows are numbered before they
 * go into either table, so that nothing has to be looked up in what was inserted a moment ago.
 *
 * <p>Left out are executions whose tenant is gone, whose key stands for another execution, or whose graph has a newer
 * version when the newest is wanted.
 */
final class AdmissionInsert {

    private static final String ROWS = """
        WITH r AS MATERIALIZED (
            SELECT nextval('executions_number_seq') AS number, statement_timestamp() AS at, a.*
              FROM (SELECT unnest(?::text[]) AS id, unnest(?::text[]) AS tenant, unnest(?::text[]) AS agent,
                           unnest(?::text[]) AS graph, unnest(?::integer[]) AS version, unnest(?::boolean[]) AS newest,
                           unnest(?::text[]) AS configuration, unnest(?::integer[]) AS priority,
                           unnest(?::text[]) AS deadline, unnest(?::text[]) AS durability, unnest(?::text[]) AS owner,
                           unnest(?::text[]) AS lease, unnest(?::integer[]) AS events, unnest(?::integer[]) AS step,
                           unnest(?::bytea[]) AS body, unnest(?::text[]) AS state, unnest(?::text[]) AS failure,
                           unnest(?::text[]) AS due, unnest(?::text[]) AS pauses, unnest(?::text[]) AS origin,
                           unnest(?::integer[]) AS origin_checkpoint, unnest(?::text[]) AS started_by,
                           unnest(?::integer[]) AS max_supersteps\
        """;

    private static final String KEYS = """
        , unnest(?::text[]) AS principal, unnest(?::text[]) AS route, unnest(?::text[]) AS key,
                           unnest(?::text[]) AS fingerprint\
        """;

    private static final String WEBHOOKS = """
        , unnest(?::text[]) AS message, unnest(?::text[]) AS url\
        """;

    /** No EXISTS: its plan may read all graphs, when there were few as it was made. */
    private static final String TENANTS = """
        ) a JOIN tenants t ON t.id = a.tenant
             WHERE NOT a.newest
                OR a.version = (SELECT g.latest FROM graphs g
                                 WHERE g.id = a.graph AND g.tenant_id = a.tenant AND g.deleted_at IS NULL))
        """;

    private static final String KEEP = """
        , k AS (
            INSERT INTO idempotency_keys AS i
                   (tenant_id, principal, route, key, fingerprint, begun_at, expires_at, execution)
            SELECT r.tenant, r.principal, r.route, r.key, r.fingerprint, clock_timestamp(),
                   clock_timestamp() + interval '24 hours', r.id
              FROM r WHERE r.key IS NOT NULL ORDER BY r.tenant, r.principal, r.route, r.key
            ON CONFLICT (tenant_id, principal, route, key) DO UPDATE
               SET fingerprint = excluded.fingerprint, begun_at = excluded.begun_at,
                   expires_at = excluded.expires_at, answer = NULL, execution = excluded.execution
             WHERE i.expires_at < clock_timestamp()
            RETURNING i.execution)
        """;

    private static final String KEPT = " WHERE (r.key IS NULL OR r.id IN (SELECT execution FROM k))";

    private static final String TELL = """
        , w AS (
            INSERT INTO webhook_deliveries (id, tenant_id, execution, url, created_at)
            SELECT r.message, r.tenant, r.id, r.url, r.at FROM r%1$s)
        """;

    private static final String INSERT = """
        , n AS (
            INSERT INTO executions (number, id, tenant_id, agent, graph_id, graph_version, configuration, priority,
                                    deadline, durability, state, attempt, created_at, queued_at, started_at,
                                    lease_owner, lease_epoch, lease_until, failure, due_at, finished_at, pauses,
                                    origin, origin_checkpoint, started_by, max_supersteps)
            OVERRIDING SYSTEM VALUE
            SELECT r.number, r.id, r.tenant, r.agent, r.graph, r.version, CAST(r.configuration AS json), r.priority,
                   CAST(r.deadline AS timestamptz), r.durability, r.state,
                   CASE WHEN r.owner IS NULL THEN 0 ELSE 1 END, r.at, r.at,
                   CASE WHEN r.owner IS NOT NULL THEN r.at END, CASE WHEN r.state = 'RUNNING' THEN r.owner END,
                   CASE WHEN r.owner IS NULL THEN 0 ELSE 1 END,
                   CASE WHEN r.state = 'RUNNING' THEN r.at + CAST(r.lease AS interval) END,
                   CAST(r.failure AS json), CAST(r.due AS timestamptz),
                   CASE WHEN r.state NOT IN ('QUEUED', 'RUNNING', 'WAITING') THEN r.at END,
                   CAST(r.pauses AS json), r.origin, r.origin_checkpoint, r.started_by, r.max_supersteps
              FROM r%1$s),
        l AS (
            INSERT INTO execution_log (tenant_id, execution, sequence, events, step, base, at, body)
            SELECT r.tenant, r.number, 1, r.events, r.step, 1, r.at, r.body FROM r%1$s)
        SELECT r.id, r.number, r.at FROM r%1$s
        """;

    /** The statements, by what is in a batch: each part costs one a little even when nothing goes through it. */
    private static final Map<Parts, String> STATEMENTS =
            Parts.all().collect(Collectors.toUnmodifiableMap(parts -> parts, AdmissionInsert::statement));

    /**
     * What is in a batch.
     *
     * @param alone a single execution
     * @param keys of requests
     * @param webhooks of those who are told of an end
     */
    private record Parts(boolean alone, boolean keys, boolean webhooks) {

        static Parts of(List<Admission> batch) {
            return new Parts(
                    batch.size() == 1,
                    batch.stream().anyMatch(one -> one.key().isPresent()),
                    batch.stream().anyMatch(one -> request(one).webhook().isPresent()));
        }

        static Stream<Parts> all() {
            return IntStream.range(0, 8).mapToObj(bits -> new Parts((bits & 1) > 0, (bits & 2) > 0, (bits & 4) > 0));
        }
    }

    private AdmissionInsert() {}

    private static String statement(Parts parts) {
        String kept = parts.keys() ? KEPT : "";
        String told = kept + (kept.isEmpty() ? " WHERE" : " AND") + " r.message IS NOT NULL";
        String statement = ROWS
                + (parts.keys() ? KEYS : "")
                + (parts.webhooks() ? WEBHOOKS : "")
                + TENANTS
                + (parts.keys() ? KEEP : "")
                + (parts.webhooks() ? TELL.formatted(told) : "")
                + INSERT.formatted(kept);
        return parts.alone() ? Columns.alone(statement) : statement;
    }

    /** Adds a batch; returns by their ids those that went in. */
    static Map<String, Admitted> run(Connection connection, List<Admission> batch) throws SQLException {
        Parts parts = Parts.of(batch);
        try (PreparedStatement statement = connection.prepareStatement(STATEMENTS.get(parts))) {
            Columns<Admission> columns = new Columns<>(statement, batch, parts.alone(), 0);
            bind(columns);
            if (parts.keys()) {
                columns.texts(one -> one.key().map(RequestKey::principal).orElse(null));
                columns.texts(one -> one.key().map(RequestKey::route).orElse(null));
                columns.texts(one -> one.key().map(RequestKey::value).orElse(null));
                columns.texts(one -> one.key().map(RequestKey::fingerprint).orElse(null));
            }
            if (parts.webhooks()) {
                columns.texts(one -> request(one).webhook().map(Webhook::id).orElse(null));
                columns.texts(one -> request(one).webhook().map(Webhook::url).orElse(null));
            }
            Map<String, Admitted> stored = new HashMap<>();
            try (ResultSet found = statement.executeQuery()) {
                // One statement has one time.
                Instant at = Instant.MIN;
                while (found.next()) {
                    at = stored.isEmpty()
                            ? found.getObject(3, OffsetDateTime.class).toInstant()
                            : at;
                    stored.put(found.getString(1), new Admitted(found.getLong(2), at, Optional.empty()));
                }
            }
            return stored;
        }
    }

    private static void bind(Columns<Admission> columns) throws SQLException {
        columns.texts(one -> one.execution().id().value());
        columns.texts(one -> one.execution().tenant().value());
        columns.texts(one -> request(one).agent().orElse(null));
        columns.texts(one -> request(one).graph().graph());
        columns.integers(one -> request(one).graph().version());
        columns.flags(one -> one.candidate().terms().newest());
        columns.texts(one -> Json.write(request(one).configuration()));
        columns.integers(one -> request(one).priority());
        columns.texts(one -> request(one).deadline().map(Instant::toString).orElse(null));
        columns.texts(one -> request(one).durability().name());
        columns.texts(one -> one.candidate().claimant().map(Claimant::owner).orElse(null));
        columns.texts(one ->
                one.candidate().claimant().map(who -> who.lease().toString()).orElse(null));
        columns.integers(Admission::events);
        columns.integers(Admission::step);
        columns.bytes(Admission::body);
        columns.texts(one -> one.place().state());
        columns.texts(one -> one.place().failure());
        columns.texts(one -> one.place().due());
        columns.texts(one -> request(one).pauses().isEmpty()
                ? null
                : Json.write(request(one).pauses().toJson()));
        columns.texts(one ->
                request(one).origin().map(origin -> origin.execution().value()).orElse(null));
        columns.optionalIntegers(
                one -> request(one).origin().map(Origin::checkpoint).orElse(null));
        columns.texts(one -> request(one).startedBy().orElse(null));
        columns.optionalIntegers(one -> request(one).maxSupersteps().orElse(null));
    }

    private static ExecutionRequest request(Admission admission) {
        return admission.execution().request();
    }
}
