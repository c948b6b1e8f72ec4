package dev.agentos.faultlab.harness;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A failpoint inside PostgreSQL: a trigger that lets a statement of the server wait within its transaction, or fail
 * with an SQLState. It is the database's word that counts here, whatever code sent the statement.
 */
public final class SqlFault implements AutoCloseable {

    private static final long LOCK = 0x1ab;

    private final Postgres postgres;
    private final String table;
    private final @Nullable Connection holder;

    private SqlFault(Postgres postgres, String table, @Nullable Connection holder) {
        this.postgres = postgres;
        this.table = table;
        this.holder = holder;
    }

    /** Each such change waits, before it is made, until the fault is lifted; {@code change} as in {@code INSERT}. */
    static SqlFault hang(Postgres postgres, String change, String table, String when) {
        try {
            Connection holder = postgres.sql().open();
            try (Statement statement = holder.createStatement()) {
                statement.execute("SELECT pg_advisory_lock(" + LOCK + ")");
            }
            install(postgres, change, table, when, "PERFORM pg_advisory_xact_lock_shared(" + LOCK + ");");
            return new SqlFault(postgres, table, holder);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The next so many of such changes fail. */
    static SqlFault fail(Postgres postgres, String change, String table, String when, String sqlState, int times) {
        install(
                postgres,
                change,
                table,
                when,
                "IF nextval('lab.hits') <= " + times + " THEN RAISE EXCEPTION 'A fault of the lab' USING ERRCODE = '"
                        + sqlState + "'; END IF;");
        return new SqlFault(postgres, table, null);
    }

    private static void install(Postgres postgres, String change, String table, String when, String act) {
        Sql sql = postgres.sql();
        sql.run("CREATE SCHEMA IF NOT EXISTS lab");
        // A sequence counts on although the transaction is rolled back.
        sql.run("CREATE SEQUENCE IF NOT EXISTS lab.hits");
        sql.run("ALTER SEQUENCE lab.hits RESTART");
        sql.run("CREATE OR REPLACE FUNCTION lab.fault() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN "
                + act + " RETURN NEW; END $$");
        sql.run("CREATE TRIGGER aa_lab_fault BEFORE " + change + " ON agentos." + table + " FOR EACH ROW"
                + (when.isEmpty() ? "" : " WHEN (" + when + ")") + " EXECUTE FUNCTION lab.fault()");
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
        return postgres.sql()
                .number("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = "
                        + LOCK);
    }

    /** How many statements have failed by it or passed behind them. */
    public long hits() {
        return postgres.sql().number("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM lab.hits");
    }

    /** Rolls back what hangs in it, as when the connection is lost, and lifts the fault. */
    public void abort() {
        postgres.terminateBackends("pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND"
                + " objid = " + LOCK + ")");
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
        postgres.sql().run("DROP TRIGGER IF EXISTS aa_lab_fault ON agentos." + table);
    }
}
