package dev.agentos.redaction;

/** The part of a text that is known and not yet done with; places are counted from the text's beginning. */
final class Window {

    /** No more will come. */
    static final int END = -1;
    /** What stands there will come yet. */
    static final int LATER = -2;
    /** Kept before what is not done with, to see what a word begins behind. */
    private static final int KEPT = 2;

    private final StringBuilder text = new StringBuilder();
    private int base;
    private boolean ended;

    void add(CharSequence more) {
        text.append(more);
    }

    void end() {
        ended = true;
    }

    /** Where what is known ends. */
    int limit() {
        return base + text.length();
    }

    /** The code point at that place, {@link #END} or {@link #LATER}. */
    int at(int place) {
        int index = place - base;
        if (index >= text.length()) {
            return ended ? END : LATER;
        }
        char c = text.charAt(index);
        if (!Character.isHighSurrogate(c)) {
            return c;
        }
        if (index + 1 == text.length()) {
            return ended ? c : LATER;
        }
        return Character.isLowSurrogate(text.charAt(index + 1)) ? text.codePointAt(index) : c;
    }

    /** The code point before that place, or {@link #END} at the beginning. */
    int before(int place) {
        return place == 0 ? END : text.codePointBefore(place - base);
    }

    String text(int from, int to) {
        return text.substring(from - base, to - base);
    }

    /** Nobody will ask for what stands before that place, but for the code point right before it. */
    void forget(int place) {
        int done = place - base - KEPT;
        if (done > 1024 || (done > 0 && place == limit())) {
            text.delete(0, done);
            base += done;
        }
    }
}
