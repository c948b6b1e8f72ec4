package dev.agentos.graph;

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

        private static final String OPENING = "{{";
        private static final String CLOSING = "}}";

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
                int start = text.indexOf(OPENING, end);
                // An expression has at least one character, whatever that is.
                int closing = start < 0 ? -1 : text.indexOf(CLOSING, start + OPENING.length() + 1);
                if (closing < 0) {
                    break;
                }
                parts.add(new Part.Literal(text.substring(end, start)));
                parts.add(new Part.Placeholder(
                        text.substring(start + OPENING.length(), closing).strip()));
                end = closing + CLOSING.length();
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
         * @throws dev.agentos.spi.AgentOsException {@code graph:EXPRESSION_FAILED}
         */
        public String fill(Expressions expressions, JsonObject state) {
            StringBuilder out = new StringBuilder();
            for (Part part : parts) {
                switch (part) {
                    case Part.Literal(String text) -> out.append(text);
                    case Part.Placeholder(String expression) ->
                        out.append(plain(expressions.evaluate(expression, state)));
                }
            }
            return out.toString();
        }

        private static String plain(JsonValue value) {
            return value instanceof JsonString(String text) ? text : value.toString();
        }
    }
}
