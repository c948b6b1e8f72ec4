package dev.agentos.spi;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A pattern of text, and whether it stands for all that another pattern stands for. Both are small automata; the one
 * covers the other when no text leads the other to its end and this one not. A pattern without a wildcard stands for
 * itself, so the same question answers whether a text matches.
 */
final class Glob {

    /** Any run of characters but '/'. */
    private static final int STAR = -1;
    /** Any run of characters. */
    private static final int ANY = -2;
    /** Nothing, or '/' and any run of characters: a folder and all below it. */
    private static final int SUBTREE = -3;

    /** Patterns that need more than this are taken for not covered. */
    private static final int MOST_STEPS = 100_000;

    // State 2i stands before part i; 2i + 1 inside the subtree that part i is.
    private final int[] parts;

    private Glob(int[] parts) {
        this.parts = parts;
    }

    /** A name: {@code *} is any run of characters but '/', {@code **} any run. */
    static Glob ofName(String text) {
        int[] parts = new int[text.length()];
        int count = 0;
        for (int i = 0; i < text.length(); i++) {
            boolean twice = text.startsWith("**", i);
            parts[count++] = twice ? ANY : part(text.charAt(i));
            i += twice ? 1 : 0;
        }
        return new Glob(Arrays.copyOf(parts, count));
    }

    /** A path in canonical form: {@code *} is any run of characters but '/', the segment {@code **} a subtree. */
    static Glob ofPath(String path) {
        int[] parts = new int[path.length() + 1];
        int count = 0;
        for (int i = 0; i < path.length(); i++) {
            boolean subtree = path.startsWith("/**", i) && (i + 3 == path.length() || path.charAt(i + 3) == '/');
            parts[count++] = subtree ? SUBTREE : part(path.charAt(i));
            i += subtree ? 2 : 0;
        }
        return new Glob(Arrays.copyOf(parts, count));
    }

    private static int part(char c) {
        return c == '*' ? STAR : c;
    }

    /** Whether each text that the other pattern matches is matched by this one, too. */
    boolean covers(Glob wanted) {
        char[] alphabet = alphabet(wanted);
        Set<Pair> seen = new HashSet<>();
        Deque<Pair> open = new ArrayDeque<>();
        seen.add(new Pair(0, closed(bits(0))));
        open.addAll(seen);
        while (!open.isEmpty()) {
            Pair pair = open.removeLast();
            boolean ended = pair.wanted == wanted.end() && !pair.granted.get(end());
            if (ended || pair.granted.isEmpty() || seen.size() > MOST_STEPS) {
                return false;
            }
            List<Pair> next = new ArrayList<>();
            if (wanted.mayBeEmpty(pair.wanted)) {
                next.add(new Pair(wanted.behind(pair.wanted), pair.granted));
            }
            for (char c : wanted.steps(pair.wanted, alphabet)) {
                next.add(new Pair(wanted.next(pair.wanted, c), step(pair.granted, c)));
            }
            next.stream().filter(seen::add).forEach(open::add);
        }
        return true;
    }

    private record Pair(int wanted, BitSet granted) {}

    private int end() {
        return 2 * parts.length;
    }

    /** The characters of both patterns and one that is in neither and stands for all others. */
    private char[] alphabet(Glob other) {
        Set<Integer> used = new HashSet<>(Set.of((int) '/'));
        for (int[] some : new int[][] {parts, other.parts}) {
            for (int part : some) {
                if (part >= 0) {
                    used.add(part);
                }
            }
        }
        int fresh = Character.MAX_VALUE;
        while (used.contains(fresh)) {
            fresh--;
        }
        used.add(fresh);
        char[] alphabet = new char[used.size()];
        int at = 0;
        for (int c : used) {
            alphabet[at++] = (char) c;
        }
        return alphabet;
    }

    private boolean mayBeEmpty(int state) {
        return state < end() && parts[state / 2] < 0;
    }

    private int behind(int state) {
        return 2 * (state / 2 + 1);
    }

    /** The characters that lead on from a state. */
    private char[] steps(int state, char[] alphabet) {
        if (state < end() && parts[state / 2] >= 0) {
            return new char[] {(char) parts[state / 2]};
        }
        char[] found = new char[alphabet.length];
        int count = 0;
        for (char c : alphabet) {
            if (next(state, c) >= 0) {
                found[count++] = c;
            }
        }
        return Arrays.copyOf(found, count);
    }

    /** The state behind a character; -1 when there is none. */
    private int next(int state, char c) {
        if (state >= end()) {
            return -1;
        }
        boolean inside = state % 2 == 1;
        return switch (parts[state / 2]) {
            case STAR -> c == '/' ? -1 : state;
            case ANY -> state;
            case SUBTREE -> inside ? state : c == '/' ? state + 1 : -1;
            default -> parts[state / 2] == c ? behind(state) : -1;
        };
    }

    private BitSet step(BitSet states, char c) {
        BitSet after = new BitSet();
        for (int state = states.nextSetBit(0); state >= 0; state = states.nextSetBit(state + 1)) {
            int next = next(state, c);
            if (next >= 0) {
                after.set(next);
            }
        }
        return closed(after);
    }

    /** Adds the states that are reached without a character; they all lie behind, so one pass finds them. */
    private BitSet closed(BitSet states) {
        for (int state = states.nextSetBit(0); state >= 0; state = states.nextSetBit(state + 1)) {
            if (mayBeEmpty(state)) {
                states.set(behind(state));
            }
        }
        return states;
    }

    private static BitSet bits(int state) {
        BitSet bits = new BitSet();
        bits.set(state);
        return bits;
    }
}
