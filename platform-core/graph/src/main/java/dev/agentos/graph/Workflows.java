package dev.agentos.graph;

import dev.agentos.graph.internal.Names;
import dev.agentos.graph.internal.ObjectReader;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.EdgeDefinition;
import dev.agentos.spi.GraphBuilder;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.NodeRules;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A workflow is a graph written as steps: {@code {"name", "steps": [{"id", "tool" | "agent" | "graph", "input",
 * "dependsOn"}]}}. Each step is a node that runs once, when all on which it depends have ended, and whose result is the
 * channel of its name; {@code input} is there for all.
 */
public final class Workflows {

    private static final Map<String, String> TYPES = Map.of("tool", "tool", "agent", "agent", "graph", "subgraph");
    private static final int MOST_STEPS = 2_000;

    private Workflows() {}

    private record Step(String id, String kind, String name, JsonObject input, List<String> dependsOn) {}

    /**
     * The graph that a workflow stands for; whether it can be executed is for {@link GraphCompiler} to say.
     *
     * @throws InvalidInputException {@code graph:INVALID_GRAPH} with every fault and its place: a step without its
     *     work, a dependency that there is not, steps that depend on each other in a circle
     */
    public static GraphDefinition graph(JsonObject document) {
        List<Fault> faults = new ArrayList<>();
        ObjectReader reader = new ObjectReader(document, "", faults).only(Set.of("name", "description", "steps"));
        String name = reader.requiredText("name");
        Optional<String> description = reader.text("description");
        JsonArray written = reader.array("steps").orElse(JsonArray.EMPTY);
        if (written.size() < 1 || written.size() > MOST_STEPS) {
            reader.fault("steps", "A workflow has 1 to " + MOST_STEPS + " steps.");
        }
        Map<String, Step> steps = new LinkedHashMap<>();
        for (int i = 0; i < written.size() && written.size() <= MOST_STEPS; i++) {
            String place = "/steps/" + i;
            step(written.items().get(i), place, faults)
                    .filter(step -> steps.putIfAbsent(step.id(), step) != null)
                    .ifPresent(step -> faults.add(fault(place + "/id", "There are two steps '" + step.id() + "'.")));
        }
        if (faults.isEmpty()) {
            order(steps, faults);
        }
        InvalidInputException.refuse(
                faults,
                GraphErrorCode.INVALID_GRAPH,
                "The workflow '" + name + "' cannot be executed",
                "Correct each place that is named.");
        return build(name, description, steps);
    }

    private static Fault fault(String pointer, String message) {
        return new Fault(pointer, GraphErrorCode.INVALID_GRAPH.code(), message);
    }

    private static Optional<Step> step(JsonValue value, String pointer, List<Fault> faults) {
        if (!(value instanceof JsonObject json)) {
            faults.add(fault(pointer, "A step is an object, not " + Channels.kind(value) + "."));
            return Optional.empty();
        }
        ObjectReader reader = new ObjectReader(json, pointer, faults)
                .only(Set.of("id", "tool", "agent", "graph", "input", "dependsOn"));
        String id = reader.requiredText("id");
        List<String> kinds = TYPES.keySet().stream()
                .filter(kind -> json.member(kind).isPresent())
                .toList();
        if (kinds.size() != 1) {
            faults.add(fault(pointer, "Step '" + id + "' names one of 'tool', 'agent' and 'graph'."));
            return Optional.empty();
        }
        String kind = kinds.getFirst();
        return Optional.of(new Step(
                id,
                kind,
                reader.requiredText(kind),
                reader.object("input").orElse(JsonObject.EMPTY),
                reader.texts("dependsOn")));
    }

    /** Takes away what depends on nothing that is left, until nothing is left or only circles are. */
    private static void order(Map<String, Step> steps, List<Fault> faults) {
        List<Step> all = List.copyOf(steps.values());
        for (int i = 0; i < all.size(); i++) {
            List<String> dependsOn = all.get(i).dependsOn();
            for (int j = 0; j < dependsOn.size(); j++) {
                String other = dependsOn.get(j);
                if (!steps.containsKey(other)) {
                    faults.add(fault(
                            "/steps/" + i + "/dependsOn/" + j,
                            "There is no step '" + other + "'" + Names.end(other, steps.keySet())));
                }
            }
        }
        if (!faults.isEmpty()) {
            return;
        }
        Map<String, Step> left = new LinkedHashMap<>(steps);
        boolean shrinks = true;
        while (shrinks) {
            Set<String> ready = new TreeSet<>();
            left.values().stream()
                    .filter(step -> step.dependsOn().stream().noneMatch(left::containsKey))
                    .forEach(step -> ready.add(step.id()));
            left.keySet().removeAll(ready);
            shrinks = !ready.isEmpty();
        }
        for (int i = 0; i < all.size(); i++) {
            if (left.containsKey(all.get(i).id())) {
                faults.add(fault(
                        "/steps/" + i + "/dependsOn",
                        "Step '" + all.get(i).id() + "' waits for itself; in or behind a circle are "
                                + String.join(", ", left.keySet()) + "."));
            }
        }
    }

    /**
     * The same findings of the graph for which a workflow stands, with pointers into the workflow.
     *
     * @param graph that {@link #graph} made of the workflow
     */
    static List<Fault> places(List<Fault> findings, GraphDefinition graph) {
        List<String> ids = graph.nodes().stream().map(NodeDefinition::id).toList();
        return findings.stream()
                .map(one -> new Fault(place(one.pointer(), graph, ids), one.code(), one.message()))
                .toList();
    }

    private static String place(String pointer, GraphDefinition graph, List<String> ids) {
        String[] parts = pointer.split("/", 4);
        String rest = parts.length > 3 ? parts[3] : "";
        return switch (parts.length > 1 ? parts[1] : "") {
            case "metadata" -> parts.length > 2 ? "/" + parts[2] : "";
            case "channels" -> {
                int step = parts.length > 2 ? ids.indexOf(parts[2]) : -1;
                yield step < 0 ? "/steps" : "/steps/" + step + "/id";
            }
            case "edges" -> {
                EdgeDefinition edge = graph.edges().get(Integer.parseInt(parts[2]));
                int target = ids.indexOf(edge.target());
                yield target < 0 ? "/steps/" + ids.indexOf(edge.source()) : "/steps/" + target + "/dependsOn";
            }
            case "nodes" -> parts.length > 2 ? "/steps/" + parts[2] + setting(rest) : "/steps";
            default -> "/steps";
        };
    }

    /** What stands in a step where that stands in its node; of what is nowhere in it, the step itself. */
    private static String setting(String written) {
        if (written.equals("id") || written.equals("config/output")) {
            return "/id";
        }
        if (!written.startsWith("config/")) {
            return "";
        }
        String setting = written.substring("config/".length());
        return "/" + (setting.startsWith("arguments") ? "input" + setting.substring("arguments".length()) : setting);
    }

    private static GraphDefinition build(String name, Optional<String> description, Map<String, Step> steps) {
        GraphBuilder graph = GraphDefinition.named(name);
        description.ifPresent(graph::describedAs);
        if (!steps.containsKey(Onward.INPUT)) {
            graph.channel(Onward.INPUT, "any", "last");
        }
        Set<String> last = new TreeSet<>(steps.keySet());
        for (Step step : steps.values()) {
            String input = step.kind().equals("tool") ? "arguments" : "input";
            graph.channel(step.id(), "any", "last")
                    .node(NodeDefinition.of(
                            step.id(),
                            Objects.requireNonNull(TYPES.get(step.kind())),
                            JsonObject.of(step.kind(), step.name(), input, step.input(), "output", step.id()),
                            step.dependsOn().size() > 1 ? NodeRules.JOIN_ALL : NodeRules.NONE));
            if (step.dependsOn().isEmpty()) {
                graph.edge(GraphDefinition.START, step.id());
            }
            Set.copyOf(step.dependsOn()).stream().sorted().forEach(other -> graph.edge(other, step.id()));
            last.removeAll(step.dependsOn());
        }
        last.forEach(id -> graph.edge(id, GraphDefinition.END));
        return graph.build();
    }
}
