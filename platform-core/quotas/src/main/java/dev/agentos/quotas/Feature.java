package dev.agentos.quotas;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a plan may hold back; each is asked for where it is used, whichever way it is come to. */
public enum Feature {
    /** Executions that share a session. */
    SESSIONS("executions in sessions"),
    /** Executions of graphs of one's own, rather than of the agents of packs. */
    GRAPHS("executions of graphs of your own"),
    /** Executions that branch off from another one, or try it again. */
    BRANCHES("forks and retries of executions"),
    /** Seeing what a token stands for that a rule has put in the place of a value. */
    REVEAL("what tokens of redaction stand for");

    private final String what;

    Feature(String what) {
        this.what = what;
    }

    /** The feature of that word. */
    public static Optional<Feature> ofWord(String word) {
        return Arrays.stream(values()).filter(one -> one.word().equals(word)).findFirst();
    }

    /** How the API writes it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What it is, for people. */
    String what() {
        return what;
    }
}
