package dev.agentos.redaction;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A set of code points, as a class of a pattern names them. */
final class CharSet {

    static final CharSet DIGITS = of('0', '9');
    static final CharSet WORD = of('a', 'z', 'A', 'Z', '0', '9', '_', '_');
    static final CharSet SPACE = of('\t', '\n', '\f', '\r', ' ', ' ');
    static final CharSet NOT_LINE_END = of('\n', '\n', '\r', '\r').complement();
    static final CharSet NONE = of();
    static final CharSet ALL = of(0, Character.MAX_CODE_POINT);

    /** Behind it upper and lower case are left as they are written. */
    private static final int LAST_CASED = 0x52F;

    private final int[] ranges;
    private final boolean[] ascii = new boolean[128];

    private CharSet(int[] ranges) {
        this.ranges = ranges;
        for (int c = 0; c < ascii.length; c++) {
            ascii[c] = looked(c);
        }
    }

    /** First and last of each range, in turn. */
    static CharSet of(int... ranges) {
        return new CharSet(ranges);
    }

    static CharSet union(List<CharSet> sets) {
        return new CharSet(
                sets.stream().flatMapToInt(set -> Arrays.stream(set.ranges)).toArray());
    }

    boolean contains(int codePoint) {
        return codePoint >= 0 && codePoint < ascii.length ? ascii[codePoint] : looked(codePoint);
    }

    private boolean looked(int codePoint) {
        for (int i = 0; i < ranges.length; i += 2) {
            if (codePoint >= ranges[i] && codePoint <= ranges[i + 1]) {
                return true;
            }
        }
        return false;
    }

    CharSet complement() {
        List<int[]> sorted = new ArrayList<>();
        for (int i = 0; i < ranges.length; i += 2) {
            sorted.add(new int[] {ranges[i], ranges[i + 1]});
        }
        sorted.sort((a, b) -> Integer.compare(a[0], b[0]));
        List<CharSet> gaps = new ArrayList<>();
        int from = 0;
        for (int[] range : sorted) {
            if (range[0] > from) {
                gaps.add(of(from, range[0] - 1));
            }
            from = Math.max(from, range[1] + 1);
        }
        if (from <= Character.MAX_CODE_POINT) {
            gaps.add(of(from, Character.MAX_CODE_POINT));
        }
        return union(gaps);
    }

    /** With the upper and lower case of what is in it. */
    CharSet caseless() {
        List<CharSet> all = new ArrayList<>(List.of(this));
        for (int i = 0; i < ranges.length; i += 2) {
            for (int c = ranges[i]; c <= Math.min(ranges[i + 1], LAST_CASED); c++) {
                int upper = Character.toUpperCase(c);
                int lower = Character.toLowerCase(c);
                if (upper != c || lower != c) {
                    all.add(of(upper, upper, lower, lower));
                }
            }
        }
        return union(all);
    }
}
