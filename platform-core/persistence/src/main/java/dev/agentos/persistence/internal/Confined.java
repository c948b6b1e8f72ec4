package dev.agentos.persistence.internal;

import dev.agentos.execution.Within;
import java.util.List;
import org.jdbi.v3.core.statement.SqlStatement;

/** The part of a condition that lets through what somebody reaches. */
public final class Confined {

    private Confined() {}

    /** For rows with the columns {@code agent} and {@code graph_id} behind that alias; empty when all are reached. */
    public static String condition(String alias, Within within) {
        return within.reach().all() ? "" : """
             AND CASE WHEN %1$s.agent IS NULL THEN %1$s.graph_id = ANY (:confined_graphs)
                      ELSE %1$s.agent = ANY (:confined_agents)
                           OR split_part(%1$s.agent, '/', 1) || '/*' = ANY (:confined_agents) END
            """.formatted(alias);
    }

    /** Binds what the condition names. */
    public static void bind(SqlStatement<?> statement, Within within) {
        if (!within.reach().all()) {
            statement
                    .bindArray("confined_graphs", String.class, List.copyOf(within.graphs()))
                    .bindArray("confined_agents", String.class, within.reach().written());
        }
    }
}
