package dev.agentos.graph.internal;

import dev.agentos.spi.CachePolicy;
import dev.agentos.spi.ChannelDefinition;
import dev.agentos.spi.EdgeDefinition;
import dev.agentos.spi.GraphBuilder;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.GraphLimits;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.NodeLayout;
import dev.agentos.spi.NodeRules;
import dev.agentos.spi.RetryPolicy;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Writes a graph as the Java with which a plugin's author would build it. The class compiles against {@code spi} alone
 * and builds an equal definition, whatever texts the graph contains.
 */
public final class GraphSource {

    /** A method of the Java virtual machine has at most 64 KiB. */
    private static final int MOST_CALLS = 40;
    /** A text of the Java virtual machine has at most 64 KiB. */
    private static final int LONGEST_TEXT = 10_000;

    private final TreeSet<String> imports = new TreeSet<>();
    private final List<String> calls = new ArrayList<>();

    private GraphSource() {}

    /** The source of a class that is named after the graph. */
    public static String write(GraphDefinition graph) {
        GraphSource source = new GraphSource();
        source.read(graph);
        return source.file(graph.metadata().name());
    }

    private void read(GraphDefinition graph) {
        graph.metadata().description().ifPresent(text -> call("describedAs", text(text)));
        graph.metadata().version().ifPresent(text -> call("version", text(text)));
        graph.channels().forEach(this::channel);
        graph.nodes().forEach(this::node);
        graph.edges().forEach(this::edge);
        graph.entry().ifPresent(entry -> call("entry", text(entry)));
        graph.limits()
                .ifPresent(limits -> call(
                        "limits",
                        made(
                                GraphLimits.class,
                                optional(limits.maxSupersteps(), String::valueOf),
                                optional(limits.timeout(), this::duration))));
    }

    private void channel(String name, ChannelDefinition channel) {
        List<String> arguments = new ArrayList<>(List.of(text(name), text(channel.type()), text(channel.reducer())));
        channel.defaultValue().ifPresent(value -> arguments.add(json(value)));
        call("channel", arguments.toArray(String[]::new));
    }

    private void node(NodeDefinition node) {
        boolean plain = node.layout().equals(NodeLayout.NONE)
                && node.retry().isEmpty()
                && node.timeout().isEmpty()
                && node.rules().equals(NodeRules.NONE);
        if (plain) {
            call("node", text(node.id()), text(node.type()), json(node.config()));
            return;
        }
        call(
                "node",
                made(
                        NodeDefinition.class,
                        text(node.id()),
                        text(node.type()),
                        json(node.config()),
                        layout(node.layout()),
                        optional(node.retry(), this::retry),
                        optional(node.timeout(), this::duration),
                        rules(node.rules())));
    }

    private String layout(NodeLayout layout) {
        return layout.equals(NodeLayout.NONE)
                ? named(NodeLayout.class) + ".NONE"
                : made(
                        NodeLayout.class,
                        optional(layout.position(), this::json),
                        optional(layout.label(), GraphSource::text),
                        String.valueOf(layout.nested()));
    }

    private String retry(RetryPolicy retry) {
        return made(
                RetryPolicy.class,
                String.valueOf(retry.maxAttempts()),
                duration(retry.initial()),
                String.valueOf(retry.multiplier()),
                duration(retry.longest()),
                named(List.class)
                        + retry.errors().stream()
                                .map(GraphSource::text)
                                .collect(Collectors.joining(", ", ".of(", ")")));
    }

    private String rules(NodeRules rules) {
        NodeRules silent = new NodeRules(rules.joinsAll(), rules.pause(), rules.cache());
        String written = silent.equals(NodeRules.NONE)
                ? named(NodeRules.class) + ".NONE"
                : made(
                        NodeRules.class,
                        String.valueOf(rules.joinsAll()),
                        optional(rules.pause(), pause -> named(NodeRules.class) + ".Pause." + pause.name()),
                        optional(
                                rules.cache(),
                                cache -> made(
                                        CachePolicy.class,
                                        optional(cache.key(), GraphSource::text),
                                        duration(cache.ttl()))));
        return written
                + rules.writes()
                        .map(channels -> channels.stream()
                                .map(GraphSource::text)
                                .collect(Collectors.joining(", ", ".writing(", ")")))
                        .orElse("");
    }

    private void edge(EdgeDefinition edge) {
        String source = text(edge.source());
        String target = text(edge.target());
        if (edge.id().isPresent() || (edge.onGoto() && edge.condition().isPresent())) {
            call(
                    "edge",
                    made(
                            EdgeDefinition.class,
                            optional(edge.id(), GraphSource::text),
                            source,
                            target,
                            optional(edge.condition(), GraphSource::text),
                            String.valueOf(edge.onGoto())));
        } else if (edge.onGoto()) {
            call("gotoEdge", source, target);
        } else if (edge.condition().isPresent()) {
            call("edge", source, target, text(edge.condition().get()));
        } else {
            call("edge", source, target);
        }
    }

    private void call(String method, String... arguments) {
        calls.add("." + method + "(" + String.join(", ", arguments) + ")");
    }

    private String named(Class<?> type) {
        imports.add(type.getName());
        return type.getSimpleName();
    }

    private String made(Class<?> type, String... arguments) {
        return "new " + named(type) + "(" + String.join(", ", arguments) + ")";
    }

    private <T> String optional(Optional<T> value, Function<T, String> written) {
        return named(Optional.class)
                + value.map(one -> ".of(" + written.apply(one) + ")").orElse(".empty()");
    }

    private String duration(Duration duration) {
        return named(Duration.class) + ".parse(" + text(duration.toString()) + ")";
    }

    private String json(JsonValue value) {
        return switch (value) {
            case JsonObject object ->
                object.members().entrySet().stream()
                        .map(member -> text(member.getKey()) + ", " + plain(member.getValue()))
                        .collect(Collectors.joining(", ", named(JsonObject.class) + ".of(", ")"));
            case JsonArray array ->
                array.items().stream()
                        .map(this::json)
                        .collect(Collectors.joining(
                                ", ", "new " + named(JsonArray.class) + "(" + named(List.class) + ".of(", "))"));
            case JsonString(String text) -> "new " + named(JsonString.class) + "(" + text(text) + ")";
            case JsonNumber(BigDecimal number) when small(number) -> named(JsonNumber.class) + ".of(" + number + ")";
            case JsonNumber(BigDecimal number) ->
                "new " + named(JsonNumber.class) + "(new " + named(BigDecimal.class) + "(" + text(number.toString())
                        + "))";
            case JsonNull any -> named(JsonNull.class) + ".NULL";
            default -> named(JsonValue.class) + ".of(" + value + ")";
        };
    }

    private static boolean small(BigDecimal number) {
        return number.scale() == 0 && number.abs().compareTo(BigDecimal.valueOf(Integer.MAX_VALUE)) <= 0;
    }

    /** A member of an object, which may be a plain Java value. */
    private String plain(JsonValue value) {
        return switch (value) {
            case JsonString(String text) -> text(text);
            case JsonNumber(BigDecimal number) when small(number) -> number.toString();
            default -> json(value);
        };
    }

    private String file(String name) {
        named(GraphDefinition.class);
        StringBuilder body = new StringBuilder();
        StringBuilder parts = new StringBuilder();
        String first = "named(" + text(name) + ")";
        if (calls.size() <= MOST_CALLS) {
            body.append("        return GraphDefinition.").append(first);
            calls.forEach(one -> body.append("\n                ").append(one));
            body.append("\n                .build();\n");
        } else {
            String builder = named(GraphBuilder.class);
            body.append("        ")
                    .append(builder)
                    .append(" graph = GraphDefinition.")
                    .append(first)
                    .append(";\n");
            for (int i = 0; i < calls.size(); i += MOST_CALLS) {
                String part = "part" + (i / MOST_CALLS + 1);
                body.append("        ").append(part).append("(graph);\n");
                parts.append("\n    private static void ")
                        .append(part)
                        .append('(')
                        .append(builder)
                        .append(" graph) {\n        graph");
                calls.subList(i, Math.min(calls.size(), i + MOST_CALLS))
                        .forEach(one -> parts.append("\n                ").append(one));
                parts.append(";\n    }\n");
            }
            body.append("        return graph.build();\n");
        }
        return imports.stream().map(one -> "import " + one + ";\n").collect(Collectors.joining())
                + "\nfinal class " + type(name) + " {\n\n    static GraphDefinition graph() {\n" + body + "    }\n"
                + parts + "}\n";
    }

    /** {@code ReviewTextGraph} for {@code review-text}. */
    private static String type(String name) {
        StringBuilder type = new StringBuilder();
        for (String word : name.split("[^a-zA-Z0-9]+")) {
            if (!word.isEmpty()) {
                type.append(Character.toUpperCase(word.charAt(0))).append(word, 1, word.length());
            }
        }
        return (type.isEmpty() || Character.isDigit(type.charAt(0)) ? "The" : "") + type + "Graph";
    }

    /** A text as Java writes it. */
    private static String text(String text) {
        if (text.length() <= LONGEST_TEXT) {
            return literal(text);
        }
        List<String> pieces = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int to = Math.min(text.length(), from + LONGEST_TEXT);
            to -= to < text.length() && Character.isLowSurrogate(text.charAt(to)) ? 1 : 0;
            pieces.add(literal(text.substring(from, to)));
            from = to;
        }
        return "String.join(\"\", " + String.join(", ", pieces) + ")";
    }

    private static String literal(String text) {
        StringBuilder literal = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char one = text.charAt(i);
            switch (one) {
                case '"', '\\' -> literal.append('\\').append(one);
                case '\n' -> literal.append("\\n");
                // An octal escape: those of Unicode are read before the text is.
                default ->
                    literal.append(one < ' ' || one == 0x7F ? "\\%03o".formatted((int) one) : String.valueOf(one));
            }
        }
        return literal.append('"').toString();
    }
}
