package dev.agentos.redaction;

/**
 * Finds one kind of thing.
 *
 * @param name as policies write it, as in {@code email}; also of an expression
 * @param pattern what it fits
 * @param check what is looked at besides
 * @param longest of what it finds, in characters; what is longer is found in part or not at all, unless it goes on
 * @param rest of what is longer, all that follows without a gap and is made of these is found as well, in pieces; none
 *     when nothing goes on
 */
record Detector(String name, LinearPattern pattern, Check check, int longest, CharSet rest) {

    /** Whether what is longer is found to its end. */
    boolean goesOn() {
        return rest != CharSet.NONE;
    }

    /** Whether it can find anything in that text; says no at once for most of the short ones. */
    boolean mayFindIn(String text) {
        int last = text.length() - pattern.shortest();
        for (int i = 0; i <= last; i++) {
            if (pattern.mayBeginWith(text.charAt(i))) {
                return true;
            }
        }
        return false;
    }
}
