package dev.agentos.graph;

import dev.agentos.spi.EdgeDefinition;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Draws a graph as a Mermaid flowchart. */
public final class GraphMermaid {

    private static final int LONGEST_LABEL = 60;

    private GraphMermaid() {}

    /** The text of the diagram; ends with a line end. Labels are escaped, so that no graph can write markup. */
    public static String draw(GraphDefinition graph) {
        StringBuilder out = new StringBuilder("flowchart TD\n    START([START])\n    END_([END])\n");
        Map<String, String> names = new HashMap<>(Map.of(GraphDefinition.START, "START", GraphDefinition.END, "END_"));
        for (NodeDefinition node : graph.nodes()) {
            String name = "n" + names.size();
            names.put(node.id(), name);
            String label = quoted(node.layout().label().orElse(node.id()) + " (" + node.type() + rules(node) + ")");
            boolean choice = node.type().equals("condition");
            out.append("    ")
                    .append(name)
                    .append(choice ? "{" : "[")
                    .append(label)
                    .append(choice ? "}\n" : "]\n");
        }
        graph.entry().ifPresent(entry -> arrow(out, names, "START", entry, "", false));
        for (EdgeDefinition edge : graph.edges()) {
            String source = names.getOrDefault(edge.source(), "START");
            arrow(
                    out,
                    names,
                    source,
                    edge.target(),
                    edge.onGoto() ? "goto" : edge.condition().orElse(""),
                    edge.onGoto() || edge.condition().isPresent());
        }
        for (NodeDefinition node : graph.nodes()) {
            if (node.type().equals("condition")) {
                cases(out, names, node);
            } else if (node.type().equals("dispatch")) {
                String source = names.getOrDefault(node.id(), "START");
                node.config().text("node").ifPresent(target -> arrow(out, names, source, target, "for each", true));
            }
        }
        return out.toString();
    }

    private static String rules(NodeDefinition node) {
        String joins = node.rules().joinsAll() ? ", joins all" : "";
        return joins
                + node.rules()
                        .pause()
                        .map(side -> ", interrupt " + side.name().toLowerCase(Locale.ROOT))
                        .orElse("");
    }

    private static void cases(StringBuilder out, Map<String, String> names, NodeDefinition node) {
        String source = names.getOrDefault(node.id(), "START");
        for (JsonValue one : node.config().array("cases").orElse(JsonArray.EMPTY)) {
            if (one instanceof JsonObject object) {
                object.text("goto")
                        .ifPresent(target -> arrow(
                                out, names, source, target, object.text("when").orElse(""), true));
            }
        }
        node.config().text("default").ifPresent(target -> arrow(out, names, source, target, "default", true));
    }

    private static void arrow(
            StringBuilder out, Map<String, String> names, String source, String target, String label, boolean dotted) {
        String to = names.get(target);
        if (to == null) {
            return;
        }
        out.append("    ").append(source).append(dotted ? " -.->" : " -->");
        if (!label.isEmpty()) {
            out.append('|').append(quoted(label)).append('|');
        }
        out.append(' ').append(to).append('\n');
    }

    private static String quoted(String text) {
        String line = text.replaceAll("\\s+", " ");
        String shown = line.length() > LONGEST_LABEL ? line.substring(0, LONGEST_LABEL) + "…" : line;
        StringBuilder out = new StringBuilder("\"");
        shown.codePoints().forEach(c -> {
            if (Character.isLetterOrDigit(c) || " .,:;!?()[]_-+*/=%…'".indexOf(c) >= 0) {
                out.appendCodePoint(c);
            } else {
                out.append('#').append(c).append(';');
            }
        });
        return out.append('"').toString();
    }
}
