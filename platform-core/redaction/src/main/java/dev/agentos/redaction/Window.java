package dev.agentos.redaction;

/** The part of a text that is known and not yet done with; places are counted from the text's beginning. */
final class Window {

    /** No more will come. */
    static final int END = -1;
    /** What stands there will come yet. */
    static final int LATER = -2;
    /** Kept before what is not done with, to see what a word begins behind. */
    private static final int KEPT = 12;

    private static final String LETTERS_OF_ESCAPES = "nrtbfv0";

    private static final String[] BEFORE_TWO = {"\\x", "%", "%25", "%2525"};
    private static final String[] BEFORE_FOUR = {"\\u"};
    private static final String[] BEFORE_EIGHT = {"\\U"};

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

    /**
     * Whether an escape ends before that place: {@code \\n} and its like, {@code \\u0022}, {@code \\x22}, {@code %22},
     * and {@code %2522} where an address was escaped twice.
     */
    boolean behindEscape(int place) {
        int index = place - base;
        if (index < 2) {
            return false;
        }
        if (text.charAt(index - 2) == '\\' && LETTERS_OF_ESCAPES.indexOf(text.charAt(index - 1)) >= 0) {
            return true;
        }
        return (hex(index, 2) && escapes(index - 2, BEFORE_TWO))
                || (hex(index, 4) && escapes(index - 4, BEFORE_FOUR))
                || (hex(index, 8) && escapes(index - 8, BEFORE_EIGHT));
    }

    private boolean hex(int end, int digits) {
        for (int i = end - 1; i >= end - digits; i--) {
            if (i < 0 || Character.digit(text.charAt(i), 16) < 0) {
                return false;
            }
        }
        return true;
    }

    /** Asked for each character of a word: it makes nothing. */
    private boolean escapes(int end, String[] beginnings) {
        for (String beginning : beginnings) {
            if (endsWith(end, beginning)) {
                return true;
            }
        }
        return false;
    }

    private boolean endsWith(int end, String part) {
        int begin = end - part.length();
        if (begin < 0) {
            return false;
        }
        for (int i = 0; i < part.length(); i++) {
            if (text.charAt(begin + i) != part.charAt(i)) {
                return false;
            }
        }
        return true;
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
