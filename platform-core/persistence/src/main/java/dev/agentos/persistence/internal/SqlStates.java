package dev.agentos.persistence.internal;

import java.sql.SQLException;
import java.sql.SQLTransientException;

/** What the five characters of a database's failure mean for whoever asked. */
public final class SqlStates {

    private SqlStates() {}

    /** The failure's state; empty without. */
    public static String of(SQLException failure) {
        return failure.getSQLState() == null ? "" : failure.getSQLState();
    }

    /** Whether the same may succeed later: no connection, no room, a shutdown, a standby, a conflict, a time limit. */
    public static boolean passing(SQLException failure) {
        String state = of(failure);
        return failure instanceof SQLTransientException
                || state.startsWith("08")
                || state.startsWith("53")
                || state.startsWith("57")
                || state.startsWith("40")
                || state.equals("25006")
                || state.equals("55P03");
    }

    /** Whether a row with that key is there already. */
    public static boolean duplicate(SQLException failure) {
        return of(failure).equals("23505");
    }
}
