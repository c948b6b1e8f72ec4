package dev.agentos.faultlab.harness;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A failpoint inside PostgreSQL: a trigger that lets a statement of the server wait within its transaction, or fail
 * with an SQLState. It is the database's word that counts here, whatever code sent the statement.
 */
public final class SqlFault implements AutoCloseable {

    private static final AtomicInteger NUMBERS = new AtomicInteger();
    private static final int LOCKS = 0x1ab000;

    private final Postgres postgres;
    private final String table;
    private final int number;
    private final @Nullable Connection holder;

    private SqlFault(Postgres postgres, String table, int number, @Nullable Connection holder) {
        this.postgres = postgres;
        this.table = table;
        this.number = number;
        this.holder = holder;
    }

    /**
     * Each such change waits, before it is made, until the fault is lifted.
     *
     * @param change as in {@code INSERT OR UPDATE}
     * @param when a condition on the row {@code r}, which is {@code jsonb}; empty for every row
     */
    static SqlFault hang(Postgres postgres, String change, String table, String when) {
        int number = NUMBERS.incrementAndGet();
        try {
            Connection holder = postgres.sql().open();
            try (Statement statement = holder.createStatement()) {
                statement.execute("SELECT pg_advisory_lock(" + (LOCKS + number) + ")");
            }
            String act = "PERFORM pg_advisory_xact_lock_shared(" + (LOCKS + number) + ");";
            install(postgres, change, table, number, when, act);
            return new SqlFault(postgres, table, number, holder);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The next so many of such changes fail. */
    static SqlFault fail(Postgres postgres, String change, String table, String when, String sqlState, int times) {
        int number = NUMBERS.incrementAndGet();
        // A sequence counts on although the transaction is rolled back.
        postgres.sql().run("CREATE SCHEMA IF NOT EXISTS lab");
        postgres.sql().run("CREATE SEQUENCE lab.hits_" + number);
        String act = "IF nextval('lab.hits_" + number + "') <= " + times
                + " THEN RAISE EXCEPTION 'A fault of the lab' USING ERRCODE = '" + sqlState + "'; END IF;";
        install(postgres, change, table, number, when, act);
        return new SqlFault(postgres, table, number, null);
    }

    private static void install(Postgres postgres, String change, String table, int number, String when, String act) {
        Sql sql = postgres.sql();
        sql.run("CREATE SCHEMA IF NOT EXISTS lab");
        String guarded = when.isEmpty() ? act : "IF " + when + " THEN " + act + " END IF;";
        sql.run("CREATE FUNCTION lab.fault_" + number + "() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$"
                + " DECLARE r jsonb; BEGIN"
                + " IF TG_OP = 'DELETE' THEN r := to_jsonb(OLD); ELSE r := to_jsonb(NEW); END IF; "
                + guarded
                + " IF TG_OP = 'DELETE' THEN RETURN OLD; ELSE RETURN NEW; END IF; END $$");
        sql.run("CREATE TRIGGER aa_lab_fault_" + number + " BEFORE " + change + " ON agentos." + table
                + " FOR EACH ROW EXECUTE FUNCTION lab.fault_" + number + "()");
    }

    /** Waits until a statement hangs in it. */
    public void awaitHit() {
        Awaitility.await("a statement on " + table + " that hangs")
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> waiting() > 0);
    }

    /** How many statements wait in it. */
    public long waiting() {
        return postgres.sql().number("SELECT count(*) FROM pg_locks WHERE " + waitingCondition());
    }

    private String waitingCondition() {
        return "locktype = 'advisory' AND NOT granted AND objid = " + (LOCKS + number);
    }

    /** How many statements have failed by it or passed behind them. */
    public long hits() {
        return postgres.sql().number("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM lab.hits_" + number);
    }

    /** Rolls back what hangs in it, as when the connection is lost, and lifts the fault. */
    public void abort() {
        postgres.terminateBackends("pid IN (SELECT pid FROM pg_locks WHERE " + waitingCondition() + ")");
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> waiting() == 0);
        close();
    }

    /** Lets what hangs go on and lifts the fault. */
    @Override
    public void close() {
        try {
            if (holder != null && !holder.isClosed()) {
                holder.close();
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        postgres.sql().run("DROP TRIGGER IF EXISTS aa_lab_fault_" + number + " ON agentos." + table);
    }
}
