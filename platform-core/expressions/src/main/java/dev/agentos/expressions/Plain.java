package dev.agentos.expressions;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Says in the words of who writes expressions what the library says in its own. */
final class Plain {

    private static final Map<String, String> OPERATORS = Map.of(
            "_?_:_", "? :",
            "_[_]", "[ ]",
            "@in", "in",
            "_in_", "in",
            "!_", "!",
            "-_", "-");

    private record Rule(Pattern said, String plain) {
        static Rule of(String said, String plain) {
            return new Rule(Pattern.compile(said), plain);
        }
    }

    /** What the parser says, in which it doubles each percent sign. */
    private static final Pattern PARSED = Pattern.compile(
            "(?:mismatched|extraneous) input|no viable alternative|token recognition error|missing \\S+ at");

    private static final Pattern TYPES = Pattern.compile(
            "[Ff]ound no matching overload for '([^']+)' applied to '\\((.*?)\\)'(?: \\(candidates.*)?");
    private static final Pattern VALUES =
            Pattern.compile("[Nn]o matching overload for function '([^']+)'\\.?(?: Overload candidates.*)?");

    private static final List<Rule> RULES = List.of(
            Rule.of("(?:mismatched|extraneous) input '<EOF>' expecting.*", "the expression ends too early"),
            Rule.of("no viable alternative at input '.*<EOF>'", "the expression ends too early"),
            Rule.of("(?:mismatched|extraneous) input ('.*?') expecting.*", "$1 is not expected here"),
            Rule.of("no viable alternative at input ('.*')", "$1 is not expected here"),
            Rule.of("token recognition error at: ('.*')", "$1 is not part of the language"),
            Rule.of("missing (\\S+) at '<EOF>'", "$1 is missing at the end"),
            Rule.of("missing (\\S+) at ('.*')", "$1 is missing before $2"),
            Rule.of(
                    "undeclared reference to ('[^']*')(?: \\(in container '.*'\\))?",
                    "there is no variable or function $1"),
            Rule.of("key ('[^']*') is not present in map", "there is no member $1"));

    private Plain() {}

    /** Without the full stop with which some end, because they become part of a sentence. */
    static String words(String message) {
        String plain = message.strip().replaceFirst("[.]+$", "");
        if (PARSED.matcher(plain).lookingAt()) {
            plain = plain.replace("%%", "%");
        }
        plain = applied(TYPES.matcher(plain), plain, true);
        plain = applied(VALUES.matcher(plain), plain, false);
        for (Rule rule : RULES) {
            plain = rule.said().matcher(plain).replaceAll(rule.plain());
        }
        return plain.strip().replaceFirst("[.]+$", "");
    }

    private static String applied(Matcher found, String message, boolean types) {
        if (!found.find()) {
            return message;
        }
        String function = found.group(1);
        String name = OPERATORS.getOrDefault(function, function.replaceAll("^_|_$", ""));
        String what = types ? found.group(2).replace(", ", " and ") : "the values that it is given";
        String hint = types && found.group(2).matches(".*\\bint\\b.*\\bdouble\\b.*|.*\\bdouble\\b.*\\bint\\b.*")
                ? "; convert one with double(…) or int(…)"
                : "";
        return message.substring(0, found.start()) + "'" + name + "' cannot be applied to "
                + (what.isEmpty() ? "nothing" : what) + hint;
    }
}
