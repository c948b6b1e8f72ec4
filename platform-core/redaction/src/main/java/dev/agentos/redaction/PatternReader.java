package dev.agentos.redaction;

import java.util.ArrayList;
import java.util.List;

/** Reads the text of a pattern. */
final class PatternReader {

    private static final int MOST_TIMES = 200;
    private static final int DEEPEST = 20;

    private final String text;
    private final boolean caseless;
    private int at;
    private int depth;

    private PatternReader(String text, boolean caseless) {
        this.text = text;
        this.caseless = caseless;
    }

    /**
     * What a text says.
     *
     * @throws PatternFaultException when it says nothing that can be searched for in linear time
     */
    static PatternNode read(String text) {
        boolean caseless = text.startsWith("(?i)");
        PatternReader reader = new PatternReader(caseless ? text.substring(4) : text, caseless);
        PatternNode whole = reader.choice();
        if (reader.at < reader.text.length()) {
            throw new PatternFaultException("there is a ) without a (");
        }
        if (whole.fitsNothing()) {
            throw new PatternFaultException("it also fits the empty text");
        }
        return whole;
    }

    private PatternNode choice() {
        if (++depth > DEEPEST) {
            throw new PatternFaultException("it is nested more than " + DEEPEST + " deep");
        }
        List<PatternNode> branches = new ArrayList<>();
        do {
            branches.add(sequence());
        } while (next('|'));
        depth--;
        return branches.size() == 1 ? branches.getFirst() : new PatternNode.Choice(branches);
    }

    private PatternNode sequence() {
        List<PatternNode> parts = new ArrayList<>();
        while (at < text.length() && text.charAt(at) != '|' && text.charAt(at) != ')') {
            parts.add(repeated(atom()));
        }
        return parts.size() == 1 ? parts.getFirst() : new PatternNode.Sequence(parts);
    }

    private PatternNode repeated(PatternNode part) {
        PatternNode all;
        if (next('*')) {
            all = new PatternNode.Repeat(part, 0, PatternNode.UNBOUNDED);
        } else if (next('+')) {
            all = new PatternNode.Repeat(part, 1, PatternNode.UNBOUNDED);
        } else if (next('?')) {
            all = new PatternNode.Repeat(part, 0, 1);
        } else if (next('{')) {
            int least = number();
            int most = !next(',')
                    ? least
                    : at < text.length() && text.charAt(at) == '}' ? PatternNode.UNBOUNDED : number();
            if (!next('}') || most < least) {
                throw new PatternFaultException("a number of times is written {2}, {2,} or {2,5}");
            }
            all = new PatternNode.Repeat(part, least, most);
        } else {
            return part;
        }
        if (at < text.length() && "*+?{".indexOf(text.charAt(at)) >= 0) {
            throw new PatternFaultException("'" + text.charAt(at)
                    + "' stands behind a number of times; the longest text that fits always counts");
        }
        return all;
    }

    private int number() {
        int from = at;
        while (at < text.length() && CharSet.DIGITS.contains(text.charAt(at)) && at - from < 4) {
            at++;
        }
        int number = at == from ? MOST_TIMES + 1 : Integer.parseInt(text.substring(from, at));
        if (number > MOST_TIMES) {
            throw new PatternFaultException("a number of times is at most " + MOST_TIMES);
        }
        return number;
    }

    private PatternNode atom() {
        int c = take();
        return switch (c) {
            case '(' -> group();
            case '[' -> one(set());
            case '.' -> one(CharSet.NOT_LINE_END);
            case '^' -> new PatternNode.Place(PatternStep.Kind.LINE_START);
            case '$' -> new PatternNode.Place(PatternStep.Kind.LINE_END);
            case '\\' -> escaped();
            case '*', '+', '?', '{' -> throw new PatternFaultException("nothing stands before '" + (char) c + "'");
            default -> one(CharSet.of(c, c));
        };
    }

    private PatternNode one(CharSet set) {
        return new PatternNode.One(caseless ? set.caseless() : set);
    }

    private PatternNode group() {
        if (next('?') && !next(':')) {
            throw new PatternFaultException(
                    "looking around, names and flags of groups are not understood; (?:…), and (?i) at the beginning,"
                            + " are");
        }
        PatternNode inner = choice();
        if (!next(')')) {
            throw new PatternFaultException("a ( is not closed");
        }
        return inner;
    }

    private PatternNode escaped() {
        if (next('b')) {
            return new PatternNode.Place(PatternStep.Kind.WORD_EDGE);
        }
        if (next('B')) {
            return new PatternNode.Place(PatternStep.Kind.NO_WORD_EDGE);
        }
        return one(escapedSet());
    }

    private CharSet escapedSet() {
        int c = take();
        return switch (c) {
            case 'd' -> CharSet.DIGITS;
            case 'D' -> CharSet.DIGITS.complement();
            case 'w' -> CharSet.WORD;
            case 'W' -> CharSet.WORD.complement();
            case 's' -> CharSet.SPACE;
            case 'S' -> CharSet.SPACE.complement();
            case 'n' -> CharSet.of('\n', '\n');
            case 'r' -> CharSet.of('\r', '\r');
            case 't' -> CharSet.of('\t', '\t');
            default -> {
                if (c < 128 && CharSet.WORD.contains(c)) {
                    throw new PatternFaultException("'\\" + (char) c + "' is not understood"
                            + (c >= '1' && c <= '9' ? ": nothing can be referred back to in linear time" : ""));
                }
                yield CharSet.of(c, c);
            }
        };
    }

    private CharSet set() {
        boolean negated = next('^');
        List<CharSet> parts = new ArrayList<>();
        do {
            int first = take();
            if (first == '\\') {
                parts.add(escapedSet());
            } else if (first == '[') {
                throw new PatternFaultException("a [ within [ ] is written \\[");
            } else if (at + 1 < text.length() && text.charAt(at) == '-' && text.charAt(at + 1) != ']') {
                at++;
                int last = take();
                if (last == '\\') {
                    last = take();
                }
                if (last < first) {
                    throw new PatternFaultException("a range in [ ] ends before it begins");
                }
                parts.add(CharSet.of(first, last));
            } else {
                parts.add(CharSet.of(first, first));
            }
        } while (at < text.length() && text.charAt(at) != ']');
        if (!next(']')) {
            throw new PatternFaultException("a [ is not closed");
        }
        CharSet set = CharSet.union(parts);
        // Without regard to case, what is not in a set is in neither case.
        return !negated ? set : (caseless ? set.caseless() : set).complement();
    }

    private int take() {
        if (at >= text.length()) {
            throw new PatternFaultException("it breaks off at its end");
        }
        int c = text.codePointAt(at);
        at += Character.charCount(c);
        return c;
    }

    private boolean next(char c) {
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }
}
