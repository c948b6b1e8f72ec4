package dev.agentos.graph;

import dev.agentos.graph.internal.SubgraphNode;
import dev.agentos.spi.EdgeDefinition;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Draws a graph as a Mermaid flowchart. */
public final class GraphMermaid {

    private static final int LONGEST_LABEL = 60;

    private final StringBuilder out = new StringBuilder();
    private int drawn;

    private GraphMermaid() {}

    /**
     * A graph that is being drawn.
     *
     * @param indent before each line
     * @param names of its nodes in the diagram, by their ids
     */
    private record Canvas(String indent, Map<String, String> names) {}

    /** The text of the diagram; ends with a line end. Labels are escaped, so that no graph can write markup. */
    public static String draw(GraphDefinition graph) {
        return draw(graph, Subgraphs.NONE);
    }

    /** The same, with what nodes contain drawn inside of them. */
    public static String draw(GraphDefinition graph, Subgraphs subgraphs) {
        GraphMermaid mermaid = new GraphMermaid();
        mermaid.out.append("flowchart TD\n");
        Map<String, String> names = new HashMap<>(Map.of(GraphDefinition.START, "START", GraphDefinition.END, "END_"));
        mermaid.graph(graph, subgraphs, "", new Canvas("    ", names));
        return mermaid.out.toString();
    }

    private void graph(GraphDefinition graph, Subgraphs subgraphs, String path, Canvas canvas) {
        line(canvas, canvas.names().get(GraphDefinition.START) + "([START])");
        line(canvas, canvas.names().get(GraphDefinition.END) + "([END])");
        for (NodeDefinition node : graph.nodes()) {
            drawn++;
            String name = "n" + (drawn + 1);
            canvas.names().put(node.id(), name);
            String label = quoted(node.layout().label().orElse(node.id()) + " (" + node.type() + rules(node) + ")");
            if (!SubgraphNode.is(node) || !inside(node, subgraphs, path, name, label, canvas)) {
                boolean choice = node.type().equals("condition");
                line(canvas, name + (choice ? "{" : "[") + label + (choice ? "}" : "]"));
            }
        }
        arrows(graph, canvas);
    }

    /** Draws what a node contains; false when it is not to be found. */
    private boolean inside(
            NodeDefinition node, Subgraphs subgraphs, String path, String name, String label, Canvas canvas) {
        Optional<GraphDefinition> inline = SubgraphNode.inline(node).map(GraphCodec::read);
        Optional<Subgraphs.Subgraph> named =
                inline.isPresent() ? Optional.empty() : subgraphs.find(node, path + node.id());
        if (inline.isEmpty() && named.isEmpty()) {
            return false;
        }
        line(canvas, "subgraph " + name + " [" + label + "]");
        Canvas inner = new Canvas(
                canvas.indent() + "    ",
                new HashMap<>(Map.of(GraphDefinition.START, name + "_START", GraphDefinition.END, name + "_END")));
        if (inline.isPresent()) {
            graph(inline.get(), subgraphs, path + node.id() + "/", inner);
        } else {
            graph(named.get().definition(), named.get().inner(), "", inner);
        }
        line(canvas, "end");
        return true;
    }

    private void line(Canvas canvas, String text) {
        out.append(canvas.indent()).append(text).append('\n');
    }

    private void arrows(GraphDefinition graph, Canvas canvas) {
        graph.entry().ifPresent(entry -> arrow(canvas, GraphDefinition.START, entry, "", false));
        for (EdgeDefinition edge : graph.edges()) {
            arrow(
                    canvas,
                    edge.source(),
                    edge.target(),
                    edge.onGoto() ? "goto" : edge.condition().orElse(""),
                    edge.onGoto() || edge.condition().isPresent());
        }
        for (NodeDefinition node : graph.nodes()) {
            if (node.type().equals("condition")) {
                cases(canvas, node);
            } else if (node.type().equals("dispatch")) {
                node.config().text("node").ifPresent(target -> arrow(canvas, node.id(), target, "for each", true));
            }
        }
    }

    private static String rules(NodeDefinition node) {
        String joins = node.rules().joinsAll() ? ", joins all" : "";
        return joins
                + node.rules()
                        .pause()
                        .map(side -> ", interrupt " + side.name().toLowerCase(Locale.ROOT))
                        .orElse("");
    }

    private void cases(Canvas canvas, NodeDefinition node) {
        for (JsonValue one : node.config().array("cases").orElse(JsonArray.EMPTY)) {
            if (one instanceof JsonObject object) {
                object.text("goto")
                        .ifPresent(target -> arrow(
                                canvas, node.id(), target, object.text("when").orElse(""), true));
            }
        }
        node.config().text("default").ifPresent(target -> arrow(canvas, node.id(), target, "default", true));
    }

    private void arrow(Canvas canvas, String source, String target, String label, boolean dotted) {
        String from = canvas.names().getOrDefault(source, "START");
        String to = canvas.names().get(target);
        if (to != null) {
            String way = (dotted ? " -.->" : " -->") + (label.isEmpty() ? "" : "|" + quoted(label) + "|");
            line(canvas, from + way + " " + to);
        }
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
