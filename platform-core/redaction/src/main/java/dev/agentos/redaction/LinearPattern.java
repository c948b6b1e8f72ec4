package dev.agentos.redaction;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * A pattern that is searched for by following all ways through it at once, so that each code point of a text costs at
 * most as many steps as the pattern has. There is no going back, and therefore no text that takes long.
 */
final class LinearPattern {

    private static final int MOST_STEPS = 4_000;

    private final List<PatternStep> steps = new ArrayList<>();
    private final boolean inTexts;
    private final boolean[] first = new boolean[128];
    private int shortest;

    private LinearPattern(boolean inTexts) {
        this.inTexts = inTexts;
    }

    /**
     * A pattern that somebody wrote; an underscore belongs to a word, as everywhere.
     *
     * @throws PatternFaultException when it cannot be searched for
     */
    static LinearPattern of(String text) {
        LinearPattern pattern = new LinearPattern(false);
        pattern.compileAll(text);
        return pattern;
    }

    /**
     * A pattern of something that stands in any text, written in any way: behind an underscore a word begins, and
     * behind an escape of JSON or of an address, whose last letter is not of the word.
     */
    static LinearPattern inTexts(String text) {
        LinearPattern pattern = new LinearPattern(true);
        pattern.compileAll(text);
        return pattern;
    }

    /** Fails as {@link #of(String)} does, and does nothing otherwise. */
    static void check(String text) {
        new LinearPattern(false).compileAll(text);
    }

    private void compileAll(String text) {
        PatternNode whole = PatternReader.read(text);
        int end = add(new PatternStep(PatternStep.Kind.FITS, CharSet.ALL, 0, 0));
        int begin = compile(whole, end);
        steps.add(new PatternStep(PatternStep.Kind.SPLIT, CharSet.ALL, begin, begin));
        noteFirst(begin(), new boolean[size()]);
        shortest = lengthOfShortest();
    }

    /** The number of steps. */
    int size() {
        return steps.size();
    }

    PatternStep step(int number) {
        return steps.get(number);
    }

    /** The step to begin at. */
    int begin() {
        return steps.size() - 1;
    }

    /** Of how many code points at least is what fits. */
    int shortest() {
        return shortest;
    }

    /** Whether something that fits can begin with that. */
    boolean mayBeginWith(int codePoint) {
        return codePoint >= first.length || first[codePoint];
    }

    /** Whether a word begins behind an escape. */
    boolean seesEscapes() {
        return inTexts;
    }

    boolean inWord(int codePoint) {
        return CharSet.WORD.contains(codePoint) && !(inTexts && codePoint == '_');
    }

    private int add(PatternStep step) {
        if (steps.size() >= MOST_STEPS) {
            throw new PatternFaultException("it is too large: write smaller numbers of times");
        }
        steps.add(step);
        return steps.size() - 1;
    }

    /** Adds the steps of a part that goes on at that step; the number of the part's first one. */
    private int compile(PatternNode node, int next) {
        return switch (node) {
            case PatternNode.One(CharSet set) -> add(new PatternStep(PatternStep.Kind.TAKE, set, next, next));
            case PatternNode.Place(PatternStep.Kind kind) -> add(new PatternStep(kind, CharSet.ALL, next, next));
            case PatternNode.Sequence(List<PatternNode> parts) -> {
                int behind = next;
                for (PatternNode part : parts.reversed()) {
                    behind = compile(part, behind);
                }
                yield behind;
            }
            case PatternNode.Choice(List<PatternNode> branches) -> {
                int all = compile(branches.getLast(), next);
                for (PatternNode branch :
                        branches.subList(0, branches.size() - 1).reversed()) {
                    all = add(new PatternStep(PatternStep.Kind.SPLIT, CharSet.ALL, compile(branch, next), all));
                }
                yield all;
            }
            case PatternNode.Repeat repeat -> repeated(repeat, next);
        };
    }

    private int repeated(PatternNode.Repeat repeat, int next) {
        int behind = next;
        if (repeat.most() == PatternNode.UNBOUNDED) {
            int loop = add(new PatternStep(PatternStep.Kind.SPLIT, CharSet.ALL, next, next));
            steps.set(loop, new PatternStep(PatternStep.Kind.SPLIT, CharSet.ALL, compile(repeat.part(), loop), next));
            behind = loop;
        } else {
            for (int i = repeat.least(); i < repeat.most(); i++) {
                behind =
                        add(new PatternStep(PatternStep.Kind.SPLIT, CharSet.ALL, compile(repeat.part(), behind), next));
            }
        }
        for (int i = 0; i < repeat.least(); i++) {
            behind = compile(repeat.part(), behind);
        }
        return behind;
    }

    private void noteFirst(int number, boolean[] seen) {
        if (seen[number]) {
            return;
        }
        seen[number] = true;
        PatternStep step = step(number);
        switch (step.kind()) {
            case TAKE -> {
                for (int c = 0; c < first.length; c++) {
                    first[c] |= step.set().contains(c);
                }
            }
            case FITS -> {}
            case SPLIT, WORD_EDGE, NO_WORD_EDGE, LINE_START, LINE_END -> {
                noteFirst(step.next(), seen);
                noteFirst(step.other(), seen);
            }
        }
    }

    /** Walks the steps breadth first; only what takes a code point makes a way longer. */
    private int lengthOfShortest() {
        int[] lengths = new int[size()];
        Arrays.fill(lengths, Integer.MAX_VALUE);
        lengths[begin()] = 0;
        Deque<Integer> next = new ArrayDeque<>(List.of(begin()));
        while (true) {
            int at = next.removeFirst();
            PatternStep step = step(at);
            switch (step.kind()) {
                case FITS -> {
                    return lengths[at];
                }
                case TAKE -> {
                    if (lengths[at] + 1 < lengths[step.next()]) {
                        lengths[step.next()] = lengths[at] + 1;
                        next.addLast(step.next());
                    }
                }
                case SPLIT, WORD_EDGE, NO_WORD_EDGE, LINE_START, LINE_END -> {
                    for (int behind : List.of(step.other(), step.next())) {
                        if (lengths[at] < lengths[behind]) {
                            lengths[behind] = lengths[at];
                            next.addFirst(behind);
                        }
                    }
                }
            }
        }
    }
}
