package dev.agentos.graph.internal;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** Finds the names that someone may have meant. */
public final class Names {

    private static final int MOST_KNOWN = 1_000;

    private Names() {}

    /** The end of a sentence about an unknown name: with the known names that are close, if there are any. */
    public static String end(String name, Collection<String> known) {
        String near = near(name, known);
        return near.isEmpty() ? "." : near;
    }

    /** {@code "; did you mean 'x' or 'y'?"} for the known names that are close, or nothing. */
    public static String near(String name, Collection<String> known) {
        List<String> close = known.stream()
                .limit(MOST_KNOWN)
                .filter(other -> Math.abs(other.length() - name.length()) <= reach(name, other))
                .filter(other -> other.equalsIgnoreCase(name) || distance(name, other) <= reach(name, other))
                .sorted(Comparator.comparingInt((String other) -> distance(name, other))
                        .thenComparing(Comparator.naturalOrder()))
                .limit(3)
                .toList();
        return close.isEmpty()
                ? ""
                : close.stream()
                        .map(other -> "'" + other + "'")
                        .collect(Collectors.joining(" or ", "; did you mean ", "?"));
    }

    /** How many letters of two names may differ; of very short ones every letter counts. */
    private static int reach(String name, String other) {
        int shorter = Math.min(name.length(), other.length());
        return shorter < 3 ? 0 : shorter < 5 ? 1 : Math.max(2, shorter / 3);
    }

    /** How many letters of the first 64 are to be changed, left out, put in or swapped with the next. */
    private static int distance(String left, String right) {
        String a = left.substring(0, Math.min(64, left.length()));
        String b = right.substring(0, Math.min(64, right.length()));
        int[][] steps = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    steps[i][j] = i + j;
                    continue;
                }
                int changed = steps[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                int least = Math.min(changed, Math.min(steps[i - 1][j], steps[i][j - 1]) + 1);
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                steps[i][j] = swapped ? Math.min(least, steps[i - 2][j - 2] + 1) : least;
            }
        }
        return steps[a.length()][b.length()];
    }
}
