package dev.agentos.graph;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** CEL expressions over the channels of one graph, typed by the channels' declarations and limited in cost. */
public interface Expressions {

    /**
     * Checks an expression without evaluating it.
     *
     * @return what is wrong with it and where; empty when it compiles
     */
    Optional<String> check(String expression);

    /** Checks an expression that must yield a boolean. */
    Optional<String> checkCondition(String expression);

    /**
     * Evaluates an expression. Channels that are unset are absent: {@code has(state.name)} tells. What stands in the
     * state under {@code input} is the variable {@code input}, whether or not there is such a channel.
     *
     * @throws dev.agentos.spi.AgentOsException {@code graph:EXPRESSION_FAILED}
     */
    JsonValue evaluate(String expression, JsonObject state);

    /** Text with CEL expressions in double braces, as in {@code Answer {{question}} in {{language}}.} */
    record Template(List<Part> parts) {

        private static final String OPEN = "{{";
        private static final String CLOSE = "}}";

        /** As much as one expression may come to. */
        private static final int LONGEST = 4_000_000;

        /** A piece of it. */
        public sealed interface Part {
            /** Stands for itself. */
            record Literal(String text) implements Part {}

            /** Stands for its value. */
            record Placeholder(String expression) implements Part {}
        }

        /** Reads it; whatever is no placeholder stands for itself. */
        public static Template of(String text) {
            List<Part> parts = new ArrayList<>();
            int end = 0;
            while (true) {
                int open = text.indexOf(OPEN, end);
                // At least one character stands between them.
                int close = open < 0 ? -1 : text.indexOf(CLOSE, open + OPEN.length() + 1);
                if (close < 0) {
                    break;
                }
                parts.add(new Part.Literal(text.substring(end, open)));
                parts.add(new Part.Placeholder(
                        text.substring(open + OPEN.length(), close).strip()));
                end = close + CLOSE.length();
            }
            parts.add(new Part.Literal(text.substring(end)));
            return new Template(List.copyOf(parts));
        }

        /** The first fault of its expressions. */
        public Optional<String> check(Expressions expressions) {
            return parts.stream()
                    .filter(Part.Placeholder.class::isInstance)
                    .map(part -> expressions.check(((Part.Placeholder) part).expression()))
                    .flatMap(Optional::stream)
                    .findFirst();
        }

        /**
         * The text with the values of its expressions: strings as they are, all else as JSON.
         *
         * @throws dev.agentos.spi.AgentOsException {@code graph:EXPRESSION_FAILED}, also when it would be longer than
         *     4,000,000 characters
         */
        public String fill(Expressions expressions, JsonObject state) {
            StringBuilder out = new StringBuilder();
            for (Part part : parts) {
                String next = switch (part) {
                    case Part.Literal(String text) -> text;
                    case Part.Placeholder(String expression) -> plain(expressions.evaluate(expression, state));
                };
                if (out.length() + (long) next.length() > LONGEST) {
                    throw new AgentOsException(
                            GraphErrorCode.EXPRESSION_FAILED,
                            "A text would have more than " + LONGEST + " characters with the values put in.",
                            "Put in less: a part of a value, or what sums it up.");
                }
                out.append(next);
            }
            return out.toString();
        }

        private static String plain(JsonValue value) {
            return value instanceof JsonString(String text) ? text : value.toString();
        }
    }
}
