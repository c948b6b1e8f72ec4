package dev.agentos.retention;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What can be removed when its time is over. */
public enum RetentionKind {
    /** Executions that have ended, with checkpoints and events; not the one in which a session's state is. */
    EXECUTIONS,
    /** Sessions in which nothing has happened since, with their executions. */
    SESSIONS,
    /** Approvals that were decided. */
    APPROVALS,
    /** What calls of models used, by days. */
    USAGE;

    /** How the API writes it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The kind of that word. */
    public static Optional<RetentionKind> ofWord(String word) {
        return Arrays.stream(values()).filter(kind -> kind.word().equals(word)).findFirst();
    }
}
