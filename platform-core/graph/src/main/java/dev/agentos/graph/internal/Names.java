package dev.agentos.graph.internal;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** Finds the names that someone may have meant. */
public final class Names {

    private static final int MOST_KNOWN = 1_000;

    private Names() {}

    /** {@code "; did you mean 'x' or 'y'?"} for the known names that are close, or nothing. */
    public static String near(String name, Collection<String> known) {
        int reach = Math.max(2, name.length() / 3);
        List<String> close = known.stream()
                .limit(MOST_KNOWN)
                .filter(other -> Math.abs(other.length() - name.length()) <= reach)
                .filter(other -> distance(name, other) <= reach)
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

    /** Levenshtein's distance of the first 64 characters. */
    private static int distance(String left, String right) {
        String a = left.substring(0, Math.min(64, left.length()));
        String b = right.substring(0, Math.min(64, right.length()));
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
