package dev.agentos.redaction;

/**
 * Looks for one detector's finds in a text, as far as it is known: of the texts that fit the leftmost, of those the
 * longest, and then behind it. Nothing is decided before all is known that bears upon it, which is why a text gives the
 * same finds however it is cut. Ways through the pattern are kept in the order of where they began; of two that meet,
 * the earlier one goes on.
 */
final class LinearScanner {

    private static final int NONE = -1;

    private final Detector detector;
    private final LinearPattern pattern;
    private int[] ways;
    private int[] begins;
    private int count;
    private int[] readySteps;
    private int[] readyBegins;
    private int ready;
    private final int[] seen;
    private int round;
    private boolean escaped;
    /** What the code points stand for between which a step is made. */
    private int plainBefore;

    private int plainNext;
    private int at;
    private int bestBegin = NONE;
    private int bestEnd;
    /** Where it fits already, before the first character that only stands for one that goes on. */
    private int writtenEnd = NONE;

    private int findBegin = NONE;
    private int findEnd;
    private boolean goingOn;
    private int goneOn;
    private boolean done;
    private long work;

    LinearScanner(Detector detector) {
        this.detector = detector;
        this.pattern = detector.pattern();
        int size = pattern.size();
        ways = new int[size];
        begins = new int[size];
        readySteps = new int[size];
        readyBegins = new int[size];
        seen = new int[size];
    }

    Detector detector() {
        return detector;
    }

    /** Whether a find is known that has not been taken. */
    boolean found() {
        return findBegin != NONE;
    }

    /** Where the find begins; only when there is one. */
    int findBegin() {
        return findBegin;
    }

    int findEnd() {
        return findEnd;
    }

    /** Goes on behind the find. */
    void takeFind() {
        findBegin = NONE;
    }

    /** Up to there it is certain that no find begins, but for one that is known. */
    int certain() {
        if (found()) {
            return findBegin;
        }
        if (done) {
            return Integer.MAX_VALUE;
        }
        int open = bestBegin == NONE ? at : bestBegin;
        return count == 0 ? open : Math.min(open, begins[0]);
    }

    /** How many steps were made: what it costs. */
    long work() {
        return work;
    }

    /** Looks on until there is a find, or the known text is at its end. */
    void search(Window window) {
        while (!found() && !done) {
            if (goingOn) {
                if (!goOn(window)) {
                    return;
                }
                continue;
            }
            if (count == 0 && bestBegin == NONE) {
                skip(window);
            }
            int next = window.at(at);
            if (next == Window.LATER) {
                return;
            }
            step(window, next);
            if (bestBegin != NONE && (count == 0 || next == Window.END)) {
                settle(window);
            } else if (next == Window.END) {
                done = true;
            } else {
                at += Character.charCount(next);
            }
        }
    }

    private void skip(Window window) {
        int next = window.at(at);
        while (next >= 0 && !pattern.mayBeginWith(next)) {
            work++;
            at += Character.charCount(next);
            next = window.at(at);
        }
    }

    /** A find that was cut off goes on; false when it is not known yet how far. */
    private boolean goOn(Window window) {
        int next = window.at(goneOn);
        while (next >= 0 && goneOn - at < detector.longest() && isOf(detector.rest(), next, Folding.of(next))) {
            work++;
            goneOn += Character.charCount(next);
            next = window.at(goneOn);
        }
        boolean cut = goneOn - at >= detector.longest();
        if (next == Window.LATER && !cut) {
            return false;
        }
        if (goneOn > at) {
            findBegin = at;
            findEnd = goneOn;
            at = goneOn;
        }
        goingOn = cut;
        return true;
    }

    private void step(Window window, int next) {
        int before = window.before(at);
        plainBefore = Folding.of(before);
        plainNext = Folding.of(next);
        escaped = pattern.seesEscapes() && pattern.inWord(before) && pattern.inWord(next) && window.behindEscape(at);
        round++;
        ready = 0;
        for (int i = 0; i < count; i++) {
            if (at - begins[i] < detector.longest()) {
                follow(ways[i], begins[i], before, next);
            } else if (detector.goesOn() && (bestBegin == NONE || begins[i] <= bestBegin)) {
                // Too long for what it may be: what goes on like that is not let through for it.
                bestBegin = begins[i];
                bestEnd = at;
                writtenEnd = NONE;
            }
        }
        if (bestBegin == NONE && next != Window.END && pattern.mayBeginWith(next)) {
            follow(pattern.begin(), at, before, next);
        }
        count = 0;
        for (int i = 0; i < ready; i++) {
            PatternStep step = pattern.step(readySteps[i]);
            work++;
            if ((bestBegin == NONE || readyBegins[i] <= bestBegin) && isOf(step.set(), next, plainNext)) {
                ways[count] = step.next();
                begins[count++] = readyBegins[i];
            }
        }
    }

    private void follow(int number, int begin, int before, int next) {
        if (seen[number] == round) {
            return;
        }
        seen[number] = round;
        work++;
        PatternStep step = pattern.step(number);
        switch (step.kind()) {
            case TAKE -> {
                readySteps[ready] = number;
                readyBegins[ready++] = begin;
            }
            case FITS -> {
                if (bestBegin == NONE || begin <= bestBegin) {
                    if (begin != bestBegin) {
                        writtenEnd = NONE;
                    }
                    bestBegin = begin;
                    bestEnd = at;
                    if (writtenEnd == NONE && plainNext != next) {
                        writtenEnd = at;
                    }
                }
            }
            case SPLIT -> {
                follow(step.next(), begin, before, next);
                follow(step.other(), begin, before, next);
            }
            default -> {
                if (holds(step.kind(), before, next)) {
                    follow(step.next(), begin, before, next);
                }
            }
        }
    }

    private boolean holds(PatternStep.Kind place, int before, int next) {
        return switch (place) {
            case WORD_EDGE -> escaped || edge(before, next) || edge(plainBefore, plainNext);
            case NO_WORD_EDGE -> !escaped && !(edge(before, next) && edge(plainBefore, plainNext));
            case LINE_START -> before == Window.END || before == '\n';
            case LINE_END -> next == Window.END || next == '\n' || next == '\r';
            default -> true;
        };
    }

    private boolean edge(int before, int next) {
        return pattern.inWord(before) != pattern.inWord(next);
    }

    /** Whether a set has that character, as it is written or as what it stands for. */
    private static boolean isOf(CharSet set, int codePoint, int plain) {
        return set.contains(codePoint) || (plain != codePoint && set.contains(plain));
    }

    /** How much of a text the detector takes, which looks at what its characters stand for. */
    private int taken(String text) {
        if (text.chars().allMatch(c -> c < 0x80)) {
            return detector.check().taken(text);
        }
        Folding.Folded folded = Folding.Folded.of(text);
        int taken = detector.check().taken(folded.plain());
        return taken <= 0 ? taken : folded.places()[taken];
    }

    /** What fits best is a find if the detector takes it, whole or its beginning. */
    private void settle(Window window) {
        int taken = taken(window.text(bestBegin, bestEnd));
        if (taken <= 0 && writtenEnd != NONE) {
            // What is no find together with what stands behind it may be one without.
            taken = Math.max(taken, taken(window.text(bestBegin, writtenEnd)));
        }
        if (taken > 0) {
            findBegin = bestBegin;
            findEnd = bestBegin + taken;
            at = findEnd;
            // The last that a way takes is one before the bound.
            goneOn = findEnd;
            goingOn = detector.goesOn() && taken >= detector.longest() - 1;
        } else if (taken == Check.NOTHING_WITHIN) {
            at = bestEnd;
        } else {
            at = bestBegin + Character.charCount(window.at(bestBegin));
        }
        bestBegin = NONE;
        writtenEnd = NONE;
        count = 0;
    }
}
