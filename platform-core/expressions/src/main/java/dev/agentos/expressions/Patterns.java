package dev.agentos.expressions;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelEvaluationExceptionBuilder;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelFunctionResolver;
import dev.cel.runtime.CelLateFunctionBindings;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;

/**
 * CEL's {@code matches} in one evaluation, instead of the library's own: what a pattern costs, to be read and to be
 * looked for, is counted before that begins, since neither can be interrupted. A look takes a step for every
 * {@value #AT_ONCE} characters and instructions of the pattern multiplied, whoever of them is repeated: that is what it
 * may take.
 */
final class Patterns {

    /** Its name. */
    static final String FUNCTION = "matches";

    private static final int LONGEST = 2_000;
    private static final int MOST_INSTRUCTIONS = 2_000;
    private static final int AT_ONCE = 16;
    private static final int MOST_KEPT = 100;

    /**
     * The library goes round for ever among those when case is ignored: it knows them as lower case only, whose upper
     * case has another lower case.
     */
    private static final int ENDLESS_FROM = 0x1C80;

    private static final int ENDLESS_TO = 0x1C88;

    private static final java.util.regex.Pattern IGNORES_CASE = java.util.regex.Pattern.compile("\\(\\?[A-Za-z-]*i");
    private static final java.util.regex.Pattern ESCAPED =
            java.util.regex.Pattern.compile("\\\\x\\{0*([0-9A-Fa-f]{1,6})}");

    private final EvaluationBudget budget;
    private final Map<String, Pattern> known = new HashMap<>();

    Patterns(EvaluationBudget budget) {
        this.budget = budget;
    }

    /** The functions, under the names that a checked expression has for them: of one evaluation, in one thread. */
    @SuppressWarnings("Immutable")
    CelFunctionResolver functions() {
        return CelLateFunctionBindings.from(
                CelFunctionBinding.from(FUNCTION, String.class, String.class, this::found),
                CelFunctionBinding.from("matches_string", String.class, String.class, this::found));
    }

    private boolean found(String text, String written) throws CelEvaluationException {
        try {
            Pattern pattern = pattern(written);
            budget.spend((long) text.length() * pattern.programSize() / AT_ONCE);
            return pattern.matcher(text).find();
        } catch (PatternSyntaxException e) {
            throw failure("a pattern is wrong: " + e.getMessage());
        } catch (StackOverflowError e) {
            throw failure("a pattern is nested too deeply");
        }
    }

    private Pattern pattern(String written) throws CelEvaluationException {
        Pattern kept = known.get(written);
        if (kept != null) {
            return kept;
        }
        int length = written.length();
        if (length > LONGEST) {
            throw failure("a pattern is longer than " + LONGEST + " characters");
        }
        budget.spend((long) length * (length + EvaluationBudget.CHARACTERS));
        if (IGNORES_CASE.matcher(written).find()) {
            // An escape that is none stays as it is written, so that both are looked at.
            budget.spend(folded(written) + folded(unescaped(written)));
        }
        Pattern pattern = Pattern.compile(written);
        if (pattern.programSize() > MOST_INSTRUCTIONS) {
            throw failure("a pattern comes to more than " + MOST_INSTRUCTIONS
                    + " instructions; repetitions such as {100} count as often as they repeat");
        }
        if (known.size() == MOST_KEPT) {
            known.clear();
        }
        known.put(written, pattern);
        return pattern;
    }

    /** What stands for itself below U+0080 is written as a letter, so that it is taken for nothing else. */
    private static String unescaped(String written) {
        return ESCAPED.matcher(written).replaceAll(escape -> {
            int point = Math.min(Integer.parseInt(escape.group(1), 16), Character.MAX_CODE_POINT);
            return Matcher.quoteReplacement(point < 0x80 ? "a" : Character.toString(point));
        });
    }

    /** How many characters stand in ranges, each of which is looked up when case is ignored. */
    private static long folded(String written) throws CelEvaluationException {
        int[] points = written.codePoints().toArray();
        long sum = 0;
        boolean listed = false;
        int begun = -1;
        for (int i = 0; i < points.length; ) {
            int point = points[i];
            if (!listed && point == '[') {
                listed = true;
                begun = i + (follows(points, i, '^') ? 2 : 1);
                i = begun;
            } else if (listed && point == ']' && i > begun) {
                // One that comes first closes nothing.
                listed = false;
                i++;
            } else if (listed && point == '[' && follows(points, i, ':')) {
                i = behindName(points, i);
            } else if (!listed && point == '\\' && follows(points, i, 'Q')) {
                i += 2;
                while (i < points.length && !(points[i] == '\\' && follows(points, i, 'E'))) {
                    sum += folded(points[i], points[i]);
                    i++;
                }
                i += 2;
            } else {
                int first = at(points, i);
                int behind = i + width(points, i);
                boolean range =
                        listed && behind + 1 < points.length && points[behind] == '-' && points[behind + 1] != ']';
                sum += folded(first, range ? at(points, behind + 1) : first);
                i = range ? behind + 1 + width(points, behind + 1) : behind;
            }
        }
        return sum;
    }

    /**
     * Behind a class that is called by its name, as in {@code [:alpha:]}; of one that never ends, behind its bracket.
     */
    private static int behindName(int[] points, int place) {
        for (int i = place + 1; i < points.length; i++) {
            if (points[i] == ':' && follows(points, i, ']')) {
                return i + 2;
            }
        }
        return place + 1;
    }

    private static boolean follows(int[] points, int place, int wanted) {
        return place + 1 < points.length && points[place + 1] == wanted;
    }

    /** The character there, or the one that is escaped there. */
    private static int at(int[] points, int place) {
        return points[place + width(points, place) - 1];
    }

    private static int width(int[] points, int place) {
        return points[place] == '\\' && place + 1 < points.length ? 2 : 1;
    }

    private static long folded(int first, int last) throws CelEvaluationException {
        if (first <= ENDLESS_TO && last >= ENDLESS_FROM) {
            throw failure("a pattern that ignores case must not have the characters U+1C80 to U+1C88, nor a range"
                    + " that they are in");
        }
        return Math.max(0, last - first);
    }

    private static CelEvaluationException failure(String message) {
        return CelEvaluationExceptionBuilder.newBuilder("%s", message).build();
    }
}
