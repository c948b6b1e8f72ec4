package dev.agentos.redaction;

/**
 * A step of a compiled pattern.
 *
 * @param kind what it does
 * @param set what it takes, for {@link Kind#TAKE}
 * @param next the step behind it
 * @param other the other one behind it, for {@link Kind#SPLIT}
 */
record PatternStep(Kind kind, CharSet set, int next, int other) {

    enum Kind {
        /** Goes on when the next code point is of the set. */
        TAKE,
        /** Goes on at both. */
        SPLIT,
        /** Goes on at the beginning or end of a word. */
        WORD_EDGE,
        /** Goes on elsewhere. */
        NO_WORD_EDGE,
        /** Goes on at the beginning of a line. */
        LINE_START,
        /** Goes on at the end of a line. */
        LINE_END,
        /** The pattern fits. */
        FITS
    }
}
