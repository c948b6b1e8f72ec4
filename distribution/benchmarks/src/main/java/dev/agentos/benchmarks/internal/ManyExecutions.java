package dev.agentos.benchmarks.internal;

import java.sql.SQLException;

/**
 * Rows of executions that have ended, written as the product would have left them: their agents, sessions and states
 * are spread unevenly, so that a filter may match most of them, a few here and there, or a handful of the oldest.
 */
public final class ManyExecutions {

    /** An agent of half of them. */
    public static final String COMMON_AGENT = "bench/agent-1";

    /** An agent of a handful, the oldest. */
    public static final String RARE_AGENT = "bench/agent-rare";

    /** A session of a hundred of them. */
    public static final String SESSION = "bench-session-7";

    /** What the oldest of those that failed failed with. */
    public static final String FAILURE = "graph:CRASHED_TOO_OFTEN";

    /** Their ids sort before all that a server makes now. */
    private static final String EXECUTIONS = """
        INSERT INTO agentos.executions
               (tenant_id, id, agent, graph_id, graph_version, configuration, priority, durability, state, attempt,
                created_at, queued_at, started_at, finished_at, session, failure)
        SELECT t.id, 'exe_' || lpad(to_hex(n), 26, '0'),
               CASE WHEN n <= 40 THEN '%s' ELSE 'bench/agent-' || (1 + (n %% 20) / 10 * (n %% 10)) END,
               'bench-graph', 1, '{}', 0, 'SYNC',
               CASE WHEN n <= 100 THEN 'CANCELLED' WHEN n %% 1000 = 0 THEN 'FAILED' ELSE 'SUCCEEDED' END, 1,
               at.time, at.time, at.time, at.time + interval '1 second' * (n %% 90),
               CASE WHEN n %% 10 = 0 THEN 'bench-session-' || n / 1000 END,
               CASE WHEN n > 100 AND n %% 1000 = 0
                    THEN json_build_object('code', CASE WHEN n <= 20000 THEN '%s' ELSE 'bench:OTHER' END) END
          FROM agentos.tenants t, generate_series(1, ?) n,
               LATERAL (SELECT now() - interval '1 day' - interval '1 second' * (? - n) AS time) at
         WHERE t.name = 'default'
        """.formatted(RARE_AGENT, FAILURE);

    private static final String LOG = """
        INSERT INTO agentos.execution_log (tenant_id, execution, sequence, events, step, base, at, body)
        SELECT tenant_id, number, 1, 1, n.steps, 1, finished_at, '[]'
          FROM agentos.executions, LATERAL (SELECT (number % 12)::int AS steps) n
         WHERE id < 'exe_01'
        """;

    private ManyExecutions() {}

    /** Writes so many of them for the tenant {@code default}. */
    public static void write(Rows database, int count) {
        try (var connection = database.connect();
                var statement = connection.createStatement()) {
            // Whoever owns a table is held by its row-level security as well; the platform's role sees all tenants.
            statement.execute("SET ROLE agentos_platform");
            try (var insert = connection.prepareStatement(EXECUTIONS)) {
                insert.setInt(1, count);
                insert.setInt(2, count);
                insert.executeUpdate();
            }
            statement.executeUpdate(LOG);
            statement.execute("RESET ROLE");
            // As the database does by itself within the minute.
            statement.execute("VACUUM ANALYZE agentos.executions");
            statement.execute("VACUUM ANALYZE agentos.execution_log");
        } catch (SQLException failure) {
            throw new IllegalStateException("The executions cannot be written", failure);
        }
    }
}
