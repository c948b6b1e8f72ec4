package dev.agentos.persistence.internal;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionRequest.Origin;
import dev.agentos.execution.ExecutionStore.Candidate;
import dev.agentos.execution.ExecutionStore.Claimant;
import dev.agentos.execution.ExecutionStore.Stored;
import dev.agentos.execution.Lease;
import dev.agentos.execution.LeaseLostException;
import dev.agentos.execution.RequestKey;
import dev.agentos.execution.RequestKeyReusedException;
import dev.agentos.graph.ExecutionId;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.RetryLaterException;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.TenancyErrorCode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.sql.DataSource;

/** Adds executions of many tenants in one statement, each with the first row of its log. */
public final class AdmissionWriter {

    private static final int MOST_TRIES = 5;

    private static final String INSERT = """
        WITH r AS MATERIALIZED (
            SELECT statement_timestamp() AS at,
                   unnest(?::text[]) AS id, unnest(?::text[]) AS tenant, unnest(?::text[]) AS agent,
                   unnest(?::text[]) AS graph, unnest(?::integer[]) AS version, unnest(?::text[]) AS configuration,
                   unnest(?::integer[]) AS priority, unnest(?::text[]) AS deadline, unnest(?::text[]) AS durability,
                   unnest(?::text[]) AS owner, unnest(?::text[]) AS lease,
                   unnest(?::integer[]) AS events, unnest(?::integer[]) AS step, unnest(?::bytea[]) AS body,
                   unnest(?::text[]) AS state, unnest(?::text[]) AS failure, unnest(?::text[]) AS due,
                   unnest(?::text[]) AS pauses, unnest(?::text[]) AS origin, unnest(?::integer[]) AS origin_checkpoint,
                   unnest(?::text[]) AS started_by, unnest(?::integer[]) AS max_supersteps,
                   unnest(?::text[]) AS principal, unnest(?::text[]) AS route, unnest(?::text[]) AS key,
                   unnest(?::text[]) AS fingerprint),
        k AS (
            INSERT INTO idempotency_keys AS i
                   (tenant_id, principal, route, key, fingerprint, begun_at, expires_at, execution)
            SELECT r.tenant, r.principal, r.route, r.key, r.fingerprint, clock_timestamp(),
                   clock_timestamp() + interval '24 hours', r.id
              FROM r JOIN tenants t ON t.id = r.tenant
             WHERE r.key IS NOT NULL ORDER BY r.tenant, r.principal, r.route, r.key
            ON CONFLICT (tenant_id, principal, route, key) DO UPDATE
               SET fingerprint = excluded.fingerprint, begun_at = excluded.begun_at,
                   expires_at = excluded.expires_at, answer = NULL, execution = excluded.execution
             WHERE i.expires_at < clock_timestamp()
            RETURNING i.execution),
        n AS (
            INSERT INTO executions (id, tenant_id, agent, graph_id, graph_version, configuration, priority, deadline,
                                    durability, state, attempt, created_at, queued_at, started_at, lease_owner,
                                    lease_epoch, lease_until, failure, due_at, finished_at, pauses, origin,
                                    origin_checkpoint, started_by, max_supersteps)
            SELECT r.id, r.tenant, r.agent, r.graph, r.version, CAST(r.configuration AS json), r.priority,
                   CAST(r.deadline AS timestamptz), r.durability,
                   r.state,
                   CASE WHEN r.owner IS NULL THEN 0 ELSE 1 END, r.at, r.at,
                   CASE WHEN r.owner IS NOT NULL THEN r.at END, CASE WHEN r.state = 'RUNNING' THEN r.owner END,
                   CASE WHEN r.owner IS NULL THEN 0 ELSE 1 END,
                   CASE WHEN r.state = 'RUNNING' THEN r.at + CAST(r.lease AS interval) END,
                   CAST(r.failure AS json), CAST(r.due AS timestamptz),
                   CASE WHEN r.state NOT IN ('QUEUED', 'RUNNING', 'WAITING') THEN r.at END,
                   CAST(r.pauses AS json), r.origin, r.origin_checkpoint, r.started_by,
                   r.max_supersteps
              FROM r JOIN tenants t ON t.id = r.tenant
             WHERE r.key IS NULL OR r.id IN (SELECT execution FROM k)
            RETURNING tenant_id, id, number, created_at),
        l AS (
            INSERT INTO execution_log (tenant_id, execution, sequence, events, step, base, at, body)
            SELECT n.tenant_id, n.number, 1, r.events, r.step, 1, n.created_at, r.body FROM n JOIN r ON r.id = n.id)
        SELECT id, number, created_at FROM n
        """;

    /** The execution that a key stands for. */
    private static final String KEPT = """
        SELECT k.fingerprint, e.id, e.number, e.created_at
          FROM idempotency_keys k JOIN executions e ON e.tenant_id = k.tenant_id AND e.id = k.execution
         WHERE k.tenant_id = ? AND k.principal = ? AND k.route = ? AND k.key = ?
           AND k.expires_at >= clock_timestamp()
        """;

    private static final String FORGET = """
        DELETE FROM idempotency_keys WHERE ctid IN
               (SELECT ctid FROM idempotency_keys WHERE expires_at < clock_timestamp() LIMIT 1000)
        """;

    private static final int BETWEEN_FORGETTING = 100;

    private final DataSource pool;
    private final AtomicInteger keyed = new AtomicInteger();

    /** A writer whose connections see the rows of all tenants. */
    public AdmissionWriter(DataSource pool) {
        this.pool = pool;
    }

    /** An execution on its way into the database. */
    public static final class Admission {
        private final Candidate candidate;
        private final byte[] first;
        private final Optional<byte[]> pending;
        private final CompletableFuture<Admitted> admitted = new CompletableFuture<>();
        private final GroupCommit<Admission> commits;
        private byte[] body;
        private int events;
        private int step;
        private Place place;
        private volatile Optional<Supplier<AgentOsException>> refusal = Optional.empty();
        private final List<Runnable> telling = new ArrayList<>();

        /** The admission of an execution with its first checkpoint and events. */
        public Admission(Candidate candidate, GroupCommit<Admission> commits) {
            this.candidate = candidate;
            this.commits = commits;
            this.first = LogCodec.first(candidate.execution().request().input(), candidate.first(), candidate.events());
            this.pending = candidate.pending().isEmpty()
                    ? Optional.empty()
                    : Optional.of(LogCodec.pending(candidate.pending()));
            this.body = LogCodec.row(pending.map(more -> List.of(first, more)).orElseGet(() -> List.of(first)));
            this.events = candidate.events().size();
            this.place = Place.of(candidate.claimant());
        }

        /** How long the first row is. */
        public int bytes() {
            return body.length;
        }

        /** The log of who claims it at once; nothing is written before that log is waited for. */
        public ExecutionLog open(
                GroupCommit<ExecutionLog.Append> appends, Consumer<Stored> listener, Lease lease, Execution begun) {
            return new ExecutionLog(appends, listener, lease, this, begun);
        }

        /** Goes to the database, by itself. */
        public void submit() {
            commits.lead(this, false);
        }

        /** Goes to the database with what its log says. */
        void submit(ExecutionLog.Append row, boolean lead) {
            body = row.body;
            events = row.events();
            step = row.step;
            place = Place.of(row.move);
            admitted.whenComplete((stored, thrown) -> {
                if (thrown != null || stored.other().isPresent()) {
                    row.refused(new LeaseLostException(row.lease()));
                } else {
                    row.opened(stored);
                }
            });
            if (lead) {
                commits.lead(this, false);
            } else {
                commits.submit(this, false);
            }
        }

        /** Nothing was written, and nothing will be. */
        void abandon() {
            admitted.completeExceptionally(new AgentOsException(
                    KernelErrorCode.DATABASE_UNAVAILABLE,
                    "The server gave up the execution before it was stored.",
                    "Send the request again; nothing of it was kept."));
        }

        byte[] first() {
            return first;
        }

        Optional<byte[]> pending() {
            return pending;
        }

        Candidate candidate() {
            return candidate;
        }

        Execution execution() {
            return candidate.execution();
        }

        /** Why there is no room for it, if there is none. */
        void refuse(Optional<Supplier<AgentOsException>> why) {
            refusal = why;
        }

        /** Something to be said when it is durable. */
        void tell(Runnable what) {
            telling.add(what);
        }

        /** An earlier try has come to nothing. */
        void untold() {
            telling.clear();
        }

        /** Says what is to be said now that it is durable. */
        void told() {
            telling.forEach(Runnable::run);
        }

        private Optional<RequestKey> key() {
            return candidate.key();
        }

        /** What two admissions of one request have in common. */
        private List<String> name() {
            RequestKey named = key().orElseThrow();
            return List.of(execution().tenant().value(), named.principal(), named.route(), named.value());
        }

        /** Completes when it is durable. */
        public CompletableFuture<Admitted> admitted() {
            return admitted;
        }
    }

    /**
     * What the database says of an admission.
     *
     * @param other the execution that its key stands for, when that is not the one that was to be admitted
     */
    public record Admitted(long number, Instant at, Optional<ExecutionId> other) {}

    /** Writes a batch and completes each admission; returns that nobody is expected to come again. */
    public int commit(List<Admission> batch) {
        List<Admission> first = new ArrayList<>();
        List<Admission> again = new ArrayList<>();
        Set<Object> names = new HashSet<>();
        for (Admission one : batch) {
            (one.key().isEmpty() || names.add(one.name()) ? first : again).add(one);
        }
        insertAll(first);
        again.forEach(one -> {
            try {
                if (!replay(one)) {
                    insertAll(List.of(one));
                }
            } catch (SQLException e) {
                one.admitted.completeExceptionally(failure(e));
            }
        });
        return 0;
    }

    private void insertAll(List<Admission> batch) {
        boolean interrupted = false;
        try {
            for (int tries = 1; ; tries++) {
                interrupted |= Thread.interrupted();
                try {
                    tell(batch, insert(batch));
                    return;
                } catch (SQLException e) {
                    if (SqlStates.duplicate(e)) {
                        // An earlier try was committed although its answer was lost: ids are never used twice.
                        batch.forEach(this::resolve);
                        return;
                    }
                    if (!SqlStates.passing(e) && batch.size() > 1) {
                        batch.forEach(one -> insertAll(List.of(one)));
                        return;
                    }
                    if (!SqlStates.passing(e) || tries == MOST_TRIES) {
                        batch.forEach(one -> one.admitted.completeExceptionally(failure(e)));
                        return;
                    }
                    pause(tries);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    static void pause(int tries) {
        try {
            Thread.sleep(ThreadLocalRandom.current().nextLong(5, 20L << tries));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void resolve(Admission one) {
        try (Connection connection = pool.getConnection();
                PreparedStatement statement = connection.prepareStatement(
                        "SELECT number, created_at FROM executions WHERE tenant_id = ? AND id = ?")) {
            statement.setString(1, one.execution().tenant().value());
            statement.setString(2, one.execution().id().value());
            try (ResultSet found = statement.executeQuery()) {
                if (found.next()) {
                    one.admitted.complete(new Admitted(
                            found.getLong(1),
                            found.getObject(2, OffsetDateTime.class).toInstant(),
                            Optional.empty()));
                    return;
                }
            }
            tell(List.of(one), insert(List.of(one)));
        } catch (SQLException e) {
            one.admitted.completeExceptionally(failure(e));
        }
    }

    /**
     * Completes an admission with the execution that its key stands for, if there is one. When the answer to an earlier
     * try was lost, that is the very execution that was to be admitted.
     */
    private boolean replay(Admission one) throws SQLException {
        if (one.key().isEmpty()) {
            return false;
        }
        try (Connection connection = pool.getConnection()) {
            return replay(connection, one);
        }
    }

    static boolean replay(Connection connection, Admission one) throws SQLException {
        if (one.key().isEmpty()) {
            return false;
        }
        RequestKey key = one.key().get();
        try (PreparedStatement statement = connection.prepareStatement(KEPT)) {
            statement.setString(1, one.execution().tenant().value());
            statement.setString(2, key.principal());
            statement.setString(3, key.route());
            statement.setString(4, key.value());
            try (ResultSet found = statement.executeQuery()) {
                if (!found.next()) {
                    return false;
                }
                ExecutionId id = new ExecutionId(found.getString("id"));
                if (key.fingerprint().equals(found.getString("fingerprint"))) {
                    one.admitted.complete(new Admitted(
                            found.getLong("number"),
                            found.getObject("created_at", OffsetDateTime.class).toInstant(),
                            id.equals(one.execution().id()) ? Optional.empty() : Optional.of(id)));
                } else {
                    one.admitted.completeExceptionally(new RequestKeyReusedException());
                }
                return true;
            }
        }
    }

    /** Now and then takes away what is kept no longer. */
    private void forget(Connection connection, List<Admission> batch) throws SQLException {
        if (batch.stream().anyMatch(one -> one.key().isPresent())
                && keyed.incrementAndGet() % BETWEEN_FORGETTING == 0) {
            try (PreparedStatement statement = connection.prepareStatement(FORGET)) {
                statement.executeUpdate();
            }
        }
    }

    private void tell(List<Admission> batch, Map<String, Admitted> stored) throws SQLException {
        if (batch.size() == 1) {
            complete(batch, stored);
        } else {
            Thread.ofVirtual().name("admission-teller").start(() -> complete(batch, stored));
        }
        for (Admission one : batch) {
            if (!stored.containsKey(one.execution().id().value()) && !replay(one)) {
                one.admitted.completeExceptionally(gone(one));
            }
        }
    }

    private static void complete(List<Admission> batch, Map<String, Admitted> stored) {
        for (Admission one : batch) {
            Admitted admitted = stored.get(one.execution().id().value());
            if (admitted != null) {
                one.told();
                one.admitted.complete(admitted);
            }
        }
    }

    /** Why it was not inserted: there was no room, or its tenant is gone. */
    static AgentOsException gone(Admission one) {
        return one.refusal
                .map(Supplier::get)
                .orElseGet(() -> new AgentOsException(
                        TenancyErrorCode.UNKNOWN_TENANT,
                        "There is no tenant " + one.execution().tenant() + " any more.",
                        "Use a key of a tenant that exists."));
    }

    /** What a thread throws that has waited for what another one did. */
    public static RuntimeException thrown(CompletionException e) {
        return switch (e.getCause()) {
            case RetryLaterException later -> later.again();
            case AgentOsException failure ->
                new AgentOsException(failure.errorCode(), String.valueOf(failure.getMessage()), failure.action(), e);
            case null, default -> e;
        };
    }

    static AgentOsException failure(SQLException e) {
        return SqlStates.passing(e)
                ? new AgentOsException(
                        KernelErrorCode.DATABASE_UNAVAILABLE,
                        "The database cannot serve this now (SQLState " + SqlStates.of(e) + ").",
                        "Try again in a few seconds; if it lasts, look at the database.",
                        e)
                : new AgentOsException(
                        KernelErrorCode.INTERNAL,
                        "The store refused the execution (SQLState " + SqlStates.of(e) + ").",
                        "Look for the cause in the server's log.",
                        e);
    }

    private Map<String, Admitted> insert(List<Admission> batch) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            Map<String, Admitted> stored = AdmissionCounter.commit(connection, batch);
            forget(connection, batch);
            return stored;
        }
    }

    static Map<String, Admitted> insert(Connection connection, List<Admission> batch) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            Columns<Admission> columns = new Columns<>(statement, batch, 0);
            columns.texts(one -> one.execution().id().value());
            columns.texts(one -> one.execution().tenant().value());
            columns.texts(one -> request(one).agent().orElse(null));
            columns.texts(one -> request(one).graph().graph());
            columns.integers(one -> request(one).graph().version());
            columns.texts(one -> Json.write(request(one).configuration()));
            columns.integers(one -> request(one).priority());
            columns.texts(one -> request(one).deadline().map(Instant::toString).orElse(null));
            columns.texts(one -> request(one).durability().name());
            columns.texts(one -> one.candidate.claimant().map(Claimant::owner).orElse(null));
            columns.texts(one ->
                    one.candidate.claimant().map(who -> who.lease().toString()).orElse(null));
            columns.integers(one -> one.events);
            columns.integers(one -> one.step);
            columns.bytes(one -> one.body);
            columns.texts(one -> one.place.state());
            columns.texts(one -> one.place.failure());
            columns.texts(one -> one.place.due());
            columns.texts(one -> request(one).pauses().isEmpty()
                    ? null
                    : Json.write(request(one).pauses().toJson()));
            columns.texts(one -> request(one)
                    .origin()
                    .map(origin -> origin.execution().value())
                    .orElse(null));
            columns.optionalIntegers(
                    one -> request(one).origin().map(Origin::checkpoint).orElse(null));
            columns.texts(one -> request(one).startedBy().orElse(null));
            columns.optionalIntegers(one -> request(one).maxSupersteps().orElse(null));
            columns.texts(one -> one.key().map(RequestKey::principal).orElse(null));
            columns.texts(one -> one.key().map(RequestKey::route).orElse(null));
            columns.texts(one -> one.key().map(RequestKey::value).orElse(null));
            columns.texts(one -> one.key().map(RequestKey::fingerprint).orElse(null));
            Map<String, Admitted> stored = new HashMap<>();
            try (ResultSet found = statement.executeQuery()) {
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

    private static ExecutionRequest request(Admission admission) {
        return admission.execution().request();
    }
}
