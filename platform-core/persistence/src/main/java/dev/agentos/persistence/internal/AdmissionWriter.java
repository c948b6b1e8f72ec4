package dev.agentos.persistence.internal;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionStore.Candidate;
import dev.agentos.execution.ExecutionStore.Stored;
import dev.agentos.execution.Lease;
import dev.agentos.execution.LeaseLostException;
import dev.agentos.execution.OutdatedGraphException;
import dev.agentos.execution.RequestKey;
import dev.agentos.execution.RequestKeyReusedException;
import dev.agentos.graph.ExecutionId;
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
            this.pending = candidate.pending().isEmpty() && candidate.behind().isEmpty()
                    ? Optional.empty()
                    : Optional.of(LogCodec.pending(candidate.pending(), candidate.behind()));
            this.body = LogCodec.row(pending.map(more -> List.of(first, more)).orElseGet(() -> List.of(first)));
            this.events = candidate.events().size() + candidate.behind().size();
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

        byte[] body() {
            return body;
        }

        int events() {
            return events;
        }

        int step() {
            return step;
        }

        Place place() {
            return place;
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

        Optional<RequestKey> key() {
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
        insertAll(first, false);
        again.forEach(one -> {
            try {
                if (!replay(one)) {
                    insertAll(List.of(one), false);
                }
            } catch (SQLException e) {
                one.admitted.completeExceptionally(failure(e));
            }
        });
        return 0;
    }

    /**
     * Inserts them, or says of each why not.
     *
     * @param tried whether an earlier try may have been committed although its answer was lost
     */
    private void insertAll(List<Admission> batch, boolean tried) {
        boolean interrupted = false;
        try {
            for (int tries = 1; ; tries++) {
                interrupted |= Thread.interrupted();
                try {
                    tell(batch, insert(batch), tried || tries > 1);
                    return;
                } catch (SQLException e) {
                    if (SqlStates.duplicate(e)) {
                        // An earlier try was committed although its answer was lost: ids are never used twice.
                        batch.forEach(this::resolve);
                        return;
                    }
                    if (!SqlStates.passing(e) && batch.size() > 1) {
                        boolean before = tried || tries > 1;
                        batch.forEach(one -> insertAll(List.of(one), before));
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
        try {
            if (!committed(one)) {
                tell(List.of(one), insert(List.of(one)), false);
            }
        } catch (SQLException e) {
            one.admitted.completeExceptionally(failure(e));
        }
    }

    /** Completes an admission that an earlier try has brought into the database; false when none has. */
    private boolean committed(Admission one) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement statement = connection.prepareStatement(
                        "SELECT number, created_at FROM executions WHERE tenant_id = ? AND id = ?")) {
            statement.setString(1, one.execution().tenant().value());
            statement.setString(2, one.execution().id().value());
            try (ResultSet found = statement.executeQuery()) {
                if (!found.next()) {
                    return false;
                }
                one.admitted.complete(new Admitted(
                        found.getLong(1),
                        found.getObject(2, OffsetDateTime.class).toInstant(),
                        Optional.empty()));
                return true;
            }
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

    private void tell(List<Admission> batch, Map<String, Admitted> stored, boolean tried) throws SQLException {
        if (batch.size() == 1) {
            complete(batch, stored);
        } else {
            Thread.ofVirtual().name("admission-teller").start(() -> complete(batch, stored));
        }
        for (Admission one : batch) {
            boolean refused = !stored.containsKey(one.execution().id().value());
            // Counted already, it may itself have taken the place that it is refused for want of.
            if (refused && !replay(one) && !(tried && committed(one))) {
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

    private RuntimeException gone(Admission one) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            return gone(connection, one);
        }
    }

    /** Why it was not inserted: no room, another graph by now, no tenant, or a key whose execution is gone. */
    static RuntimeException gone(Connection connection, Admission one) throws SQLException {
        if (one.refusal.isPresent()) {
            return one.refusal.get().get();
        }
        if (one.candidate.terms().newest()) {
            return new OutdatedGraphException();
        }
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT FROM tenants WHERE id = ? AND erasing_at IS NULL")) {
            statement.setString(1, one.execution().tenant().value());
            try (ResultSet found = statement.executeQuery()) {
                return found.next() && one.key().isPresent()
                        ? new AgentOsException(
                                KernelErrorCode.CONFLICT,
                                "What this request began when it was sent before has been removed.",
                                "Send it with another Idempotency-Key to begin it anew.")
                        : new AgentOsException(
                                TenancyErrorCode.UNKNOWN_TENANT,
                                "There is no tenant " + one.execution().tenant() + " any more.",
                                "Use a key of a tenant that exists.");
            }
        }
    }

    /** What a thread throws that has waited for what another one did. */
    public static RuntimeException thrown(CompletionException e) {
        return switch (e.getCause()) {
            case RetryLaterException later -> later.again();
            case OutdatedGraphException _ -> new OutdatedGraphException();
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
}
