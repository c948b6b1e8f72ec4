package dev.agentos.persistence;

import dev.agentos.graph.ExecutionId;
import dev.agentos.kernel.Ids;
import dev.agentos.tenancy.TenantId;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells all servers on the database that there may be something to look at, so that they need not poll often.
 *
 * <p>A hint is sent after the transaction that it is about, many in one statement: {@code NOTIFY} inside the
 * transactions themselves would queue all their commits behind one lock. It may be lost, for example with this process
 * or with the listening connection; then polling finds the same later. After each new connection a {@link Hint.Work}
 * stands for whatever was missed. Servers also say now and then that they are there: to a server that is alone, most
 * hints are of no use, and it sends none.
 */
public final class Hints implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Hints.class);
    private static final String CHANNEL = "agentos_hints";
    private static final String STEERED = "!";
    private static final String COLLECTION = "=";
    private static final String OF = "@";
    private static final String PRESENT = "?";
    private static final String PLUGINS = "plugins";
    private static final String POLICIES = "policies";
    private static final String SWITCHES = "switches";
    private static final int IDLE_MILLIS = 15_000;
    private static final long PRESENT_NANOS = TimeUnit.MILLISECONDS.toNanos(4L * IDLE_MILLIS);
    private static final long LONGEST_PAUSE_MILLIS = 5_000;

    private final String self = Ids.system().next("hnt");
    private final PlatformTransactions transactions;
    private final List<Consumer<Hint>> listeners = new CopyOnWriteArrayList<>();
    private final Set<String> unsent = new LinkedHashSet<>();
    private List<Thread> threads = List.of();
    private @Nullable Connection connection;
    private boolean closed;
    /** When another server last said that it is there; what only others would hear is not sent to nobody. */
    private volatile long seen = System.nanoTime() - PRESENT_NANOS;

    Hints(PlatformTransactions transactions) {
        this.transactions = transactions;
    }

    /** Begins to send and to listen; hints that were given before are sent now. */
    synchronized void start(DatabaseConfig.External config) {
        if (!closed) {
            threads = List.of(
                    Thread.ofVirtual().name("hints-sender").start(this::send),
                    Thread.ofVirtual().name("hints-receiver").start(() -> receive(config)));
        }
    }

    /** Calls that listener with each hint of another server, on a thread that it must not block. */
    public void subscribe(Consumer<Hint> listener) {
        listeners.add(listener);
    }

    /** An execution has new events or another state. */
    void changed(TenantId tenant, ExecutionId execution) {
        if (!alone()) {
            add(execution.value() + OF + tenant.value());
        }
    }

    private boolean alone() {
        return System.nanoTime() - seen >= PRESENT_NANOS;
    }

    /** An execution was asked to stop or to wait. */
    void steered(TenantId tenant, ExecutionId execution) {
        add(STEERED + execution.value() + OF + tenant.value());
    }

    /**
     * A collection of the API looks otherwise than before, as in {@code policies}.
     *
     * @param tenant whose it is; empty for one that all tenants see
     */
    public void collection(Optional<TenantId> tenant, String collection) {
        if (!alone()) {
            add(COLLECTION + collection + OF + tenant.map(TenantId::value).orElse(""));
        }
    }

    /** There is something to claim. */
    void queued() {
        add("");
    }

    /** Plugins were installed, changed or removed. */
    void plugins() {
        add(PLUGINS);
    }

    /** Policies were changed, or somebody agreed or did not. */
    void policies() {
        add(POLICIES);
    }

    /** A kill switch was engaged or lifted. */
    void switches() {
        add(SWITCHES);
    }

    private synchronized void add(String subject) {
        unsent.add(subject);
        notifyAll();
    }

    private void send() {
        try {
            for (List<String> batch = next(); !batch.isEmpty(); batch = next()) {
                announce(batch);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized List<String> next() throws InterruptedException {
        while (unsent.isEmpty() && !closed) {
            wait();
        }
        List<String> batch = closed ? List.of() : List.copyOf(unsent);
        unsent.clear();
        return batch;
    }

    private void announce(List<String> batch) {
        try {
            transactions.run(handle -> handle.createQuery(
                            "SELECT count(pg_notify(:channel, :self || ':' || s)) FROM unnest(CAST(:subjects AS"
                                    + " text[])) s")
                    .bind("channel", CHANNEL)
                    .bind("self", self)
                    .bindArray("subjects", String.class, batch)
                    .mapTo(Integer.class)
                    .one());
        } catch (RuntimeException e) {
            LOG.debug("Other servers were not told of {} changes; they find them by polling", batch.size(), e);
        }
    }

    private void dispatch(String subject) {
        Hint hint = hint(subject);
        for (Consumer<Hint> listener : listeners) {
            try {
                listener.accept(hint);
            } catch (RuntimeException e) {
                LOG.error("A listener failed on {}", hint, e);
            }
        }
    }

    private static Hint hint(String subject) {
        if (subject.isEmpty()) {
            return new Hint.Work();
        }
        if (subject.equals(PLUGINS)) {
            return new Hint.Plugins();
        }
        if (subject.equals(POLICIES)) {
            return new Hint.Policies();
        }
        if (subject.equals(SWITCHES)) {
            return new Hint.Switches();
        }
        int of = subject.lastIndexOf(OF);
        if (of < 0) {
            // Of a server of another version; to look for work does no harm.
            return new Hint.Work();
        }
        String whose = subject.substring(of + OF.length());
        if (subject.startsWith(COLLECTION)) {
            Optional<TenantId> tenant = whose.isEmpty() ? Optional.empty() : Optional.of(new TenantId(whose));
            return new Hint.Collection(tenant, subject.substring(COLLECTION.length(), of));
        }
        TenantId tenant = new TenantId(whose);
        return subject.startsWith(STEERED)
                ? new Hint.Steered(tenant, new ExecutionId(subject.substring(STEERED.length(), of)))
                : new Hint.Changed(tenant, new ExecutionId(subject.substring(0, of)));
    }

    private void receive(DatabaseConfig.External config) {
        long pause = 100;
        while (!isClosed()) {
            try (Connection opened = Schema.connect(config);
                    Statement statement = opened.createStatement()) {
                if (!keep(opened)) {
                    return;
                }
                statement.execute("SET application_name = 'agentos listener'");
                statement.execute("LISTEN " + CHANNEL);
                pause = 100;
                // Whatever was missed.
                dispatch("");
                listen(opened, statement);
            } catch (SQLException e) {
                if (!isClosed()) {
                    LOG.debug("The connection that listens is lost; a new one is made in {} ms", pause, e);
                }
            }
            pause = Math.min(pause * 2, LONGEST_PAUSE_MILLIS);
            pause(pause);
        }
    }

    private void listen(Connection opened, Statement statement) throws SQLException {
        PGConnection listening = opened.unwrap(PGConnection.class);
        long said = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(IDLE_MILLIS);
        while (!isClosed()) {
            if (System.nanoTime() - said >= TimeUnit.MILLISECONDS.toNanos(IDLE_MILLIS)) {
                statement.execute("NOTIFY " + CHANNEL + ", '" + self + ":" + PRESENT + "'");
                said = System.nanoTime();
            }
            PGNotification[] received = listening.getNotifications(IDLE_MILLIS);
            for (PGNotification notification : received == null ? new PGNotification[0] : received) {
                String payload = notification.getParameter();
                int colon = payload.indexOf(':');
                if (colon < 0 || payload.startsWith(self)) {
                    continue;
                }
                if (alone()) {
                    // Whoever has come does not know of this server yet.
                    said -= TimeUnit.MILLISECONDS.toNanos(IDLE_MILLIS);
                }
                seen = System.nanoTime();
                String subject = payload.substring(colon + 1);
                if (!subject.equals(PRESENT)) {
                    dispatch(subject);
                }
            }
        }
    }

    private synchronized boolean keep(Connection opened) {
        connection = opened;
        return !closed;
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private synchronized void pause(long millis) {
        try {
            if (!closed) {
                TimeUnit.MILLISECONDS.timedWait(this, millis);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Listens on a new connection, as when the one that is open leads to a server that is no primary any more. */
    void reconnect() {
        Connection open;
        synchronized (this) {
            open = connection;
        }
        abort(open);
    }

    private static void abort(@Nullable Connection open) {
        if (open != null) {
            try {
                open.abort(Runnable::run);
            } catch (SQLException e) {
                LOG.debug("The listening connection could not be closed", e);
            }
        }
    }

    /** Stops; a hint that was not sent is left out. */
    @Override
    public void close() {
        Connection open;
        List<Thread> ending;
        synchronized (this) {
            closed = true;
            notifyAll();
            open = connection;
            ending = threads;
        }
        abort(open);
        try {
            for (Thread thread : ending) {
                thread.join(TimeUnit.SECONDS.toMillis(5));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Something happened, probably; whoever acts on it looks into the store for the truth. */
    public sealed interface Hint {

        /** There may be executions to claim. */
        record Work() implements Hint {}

        /** Plugins may have been installed, changed or removed. */
        record Plugins() implements Hint {}

        /** Policies may have been changed, or approvals decided. */
        record Policies() implements Hint {}

        /** A kill switch was engaged or lifted. */
        record Switches() implements Hint {}

        /**
         * A collection of the API looks otherwise than before.
         *
         * @param tenant whose it is; empty for one that all tenants see
         * @param collection its name in the API's paths
         */
        record Collection(Optional<TenantId> tenant, String collection) implements Hint {}

        /**
         * An execution has new events or another state.
         *
         * @param tenant whose it is
         * @param execution which one
         */
        record Changed(TenantId tenant, ExecutionId execution) implements Hint {}

        /**
         * An execution was asked to stop or to wait.
         *
         * @param tenant whose it is
         * @param execution which one
         */
        record Steered(TenantId tenant, ExecutionId execution) implements Hint {}
    }
}
