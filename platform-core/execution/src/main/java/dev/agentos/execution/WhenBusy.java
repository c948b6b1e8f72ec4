package dev.agentos.execution;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What becomes of an execution whose session is busy with another one. */
public enum WhenBusy {
    /** It is not admitted. */
    REJECT,
    /** It stands in line and begins when those before it have ended. */
    ENQUEUE,
    /** The other one is cancelled, what it has done until its last checkpoint stays, and this one is next. */
    INTERRUPT,
    /** The other one is cancelled, the session goes back to where that one began, and this one is next. */
    ROLLBACK;

    /** The name as requests write it. */
    public String written() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The one that requests write so. */
    public static Optional<WhenBusy> of(String written) {
        return Stream.of(values()).filter(one -> one.written().equals(written)).findFirst();
    }

    /** Whether the other one is cancelled. */
    public boolean supersedes() {
        return this == INTERRUPT || this == ROLLBACK;
    }
}
