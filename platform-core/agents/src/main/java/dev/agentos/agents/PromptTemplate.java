package dev.agentos.agents;

import dev.agentos.graph.Expressions;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text with CEL expressions in double braces, as in {@code Answer {{question}} in {{language}}.} */
record PromptTemplate(List<Part> parts) {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{(.+?)\\}\\}", Pattern.DOTALL);

    sealed interface Part {
        record Literal(String text) implements Part {}

        record Placeholder(String expression) implements Part {}
    }

    static PromptTemplate of(String text) {
        List<Part> parts = new ArrayList<>();
        Matcher matcher = PLACEHOLDER.matcher(text);
        int end = 0;
        while (matcher.find()) {
            parts.add(new Part.Literal(text.substring(end, matcher.start())));
            parts.add(new Part.Placeholder(matcher.group(1).strip()));
            end = matcher.end();
        }
        parts.add(new Part.Literal(text.substring(end)));
        return new PromptTemplate(List.copyOf(parts));
    }

    /** The first fault of its expressions. */
    Optional<String> check(Expressions expressions) {
        return parts.stream()
                .filter(Part.Placeholder.class::isInstance)
                .map(part -> expressions.check(((Part.Placeholder) part).expression()))
                .flatMap(Optional::stream)
                .findFirst();
    }

    String fill(Expressions expressions, JsonObject state) {
        StringBuilder out = new StringBuilder();
        for (Part part : parts) {
            switch (part) {
                case Part.Literal(String text) -> out.append(text);
                case Part.Placeholder(String expression) -> out.append(plain(expressions.evaluate(expression, state)));
            }
        }
        return out.toString();
    }

    private static String plain(JsonValue value) {
        return value instanceof JsonString(String text) ? text : value.toString();
    }
}
