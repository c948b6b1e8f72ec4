package dev.agentos.pluginruntime.consent;

import java.util.Collection;
import java.util.List;

/** Finds ids of plugins that people take for others: a name with a letter more, or with a digit that looks like one. */
public final class Lookalikes {

    /** Below this length, names that differ in one letter are too many to be worth a warning. */
    private static final int LONG_ENOUGH = 6;

    private Lookalikes() {}

    /** Those of the known ids that look like the id and are others, in order. */
    public static List<String> of(String id, Collection<String> known) {
        return known.stream()
                .filter(other -> !other.equals(id) && isAlike(id, other))
                .distinct()
                .sorted()
                .toList();
    }

    private static boolean isAlike(String id, String other) {
        return plain(id).equals(plain(other))
                || (id.length() >= LONG_ENOUGH && other.length() >= LONG_ENOUGH && differInOne(id, other));
    }

    /** What is left of a name for a hurried reader. */
    private static String plain(String id) {
        return id.replace("-", "")
                .replace("rn", "m")
                .replace('0', 'o')
                .replace('1', 'l')
                .replace('i', 'l');
    }

    /** Whether one letter was added, left out or replaced, or two neighbours changed places. */
    private static boolean differInOne(String one, String other) {
        int start = 0;
        int shorter = Math.min(one.length(), other.length());
        while (start < shorter && one.charAt(start) == other.charAt(start)) {
            start++;
        }
        int end = 0;
        while (end < shorter - start && one.charAt(one.length() - 1 - end) == other.charAt(other.length() - 1 - end)) {
            end++;
        }
        String left = one.substring(start, one.length() - end);
        String right = other.substring(start, other.length() - end);
        boolean swapped = left.length() == 2
                && right.length() == 2
                && left.charAt(0) == right.charAt(1)
                && left.charAt(1) == right.charAt(0);
        return Math.max(left.length(), right.length()) <= 1 || swapped;
    }
}
