package dev.agentos.redaction;

/** Looks closer at a text that fits a detector's pattern, for a check digit for instance. */
@FunctionalInterface
interface Check {

    /** It is none, but one may begin within it. */
    int NONE = 0;

    /** It is none, and nothing in it is one. */
    int NOTHING_WITHIN = -1;

    /** Whatever fits is one. */
    Check ALL = String::length;

    /** How much of the beginning is one, in characters; or {@link #NONE} or {@link #NOTHING_WITHIN}. */
    int taken(String text);
}
