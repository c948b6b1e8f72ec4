package dev.agentos.graph.internal;

import dev.agentos.graph.Expressions;
import dev.agentos.spi.EdgeDefinition;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.NodeDefinition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Where a path goes on behind one node.
 *
 * @param edges the edges that leave the node, in order; each is taken by itself
 * @param cases the cases of a condition node, in order; the first that holds is taken alone
 * @param otherwise what a condition node takes when no case holds
 * @param named nodes to which the node itself may lead: those that it dispatches, or goes to by name
 */
public record Routes(List<EdgeDefinition> edges, List<Case> cases, Optional<String> otherwise, Set<String> named) {

    /** One case of a condition node. */
    public record Case(String when, String target) {}

    public Routes {
        edges = List.copyOf(edges);
        cases = List.copyOf(cases);
    }

    /** The routes behind {@code START} and behind each node. */
    public static Map<String, Routes> of(GraphDefinition graph) {
        Map<String, List<EdgeDefinition>> edges = new LinkedHashMap<>();
        Map<String, Set<String>> named = new LinkedHashMap<>();
        for (EdgeDefinition edge : graph.edges()) {
            if (edge.onGoto()) {
                named.computeIfAbsent(edge.source(), source -> new LinkedHashSet<>())
                        .add(edge.target());
            } else {
                edges.computeIfAbsent(edge.source(), source -> new ArrayList<>())
                        .add(edge);
            }
        }
        graph.entry()
                .ifPresent(entry -> edges.computeIfAbsent(GraphDefinition.START, source -> new ArrayList<>())
                        .add(new EdgeDefinition(Optional.empty(), GraphDefinition.START, entry, Optional.empty())));
        Map<String, Routes> routes = new LinkedHashMap<>();
        routes.put(
                GraphDefinition.START,
                new Routes(
                        edges.getOrDefault(GraphDefinition.START, List.of()), List.of(), Optional.empty(), Set.of()));
        for (NodeDefinition node : graph.nodes()) {
            boolean condition = node.type().equals(ConditionNode.TYPE);
            DispatchNode.target(node)
                    .ifPresent(target -> named.computeIfAbsent(node.id(), source -> new LinkedHashSet<>())
                            .add(target));
            routes.put(
                    node.id(),
                    new Routes(
                            edges.getOrDefault(node.id(), List.of()),
                            condition ? ConditionNode.cases(node.config()) : List.of(),
                            condition ? node.config().text("default") : Optional.empty(),
                            named.getOrDefault(node.id(), Set.of())));
        }
        return routes;
    }

    /** The same for nodes whose ids stand behind a prefix. */
    public Routes within(String prefix) {
        return prefix.isEmpty()
                ? this
                : new Routes(
                        edges.stream()
                                .map(edge -> new EdgeDefinition(
                                        edge.id(),
                                        edge.source(),
                                        within(prefix, edge.target()),
                                        edge.condition(),
                                        edge.onGoto()))
                                .toList(),
                        cases.stream()
                                .map(one -> new Case(one.when(), within(prefix, one.target())))
                                .toList(),
                        otherwise.map(target -> within(prefix, target)),
                        named.stream().map(target -> within(prefix, target)).collect(Collectors.toSet()));
    }

    private static String within(String prefix, String target) {
        return target.equals(GraphDefinition.END) ? target : prefix + target;
    }

    /** Whether no edge leaves, so that a path ends here unless the node itself leads on. */
    public boolean none() {
        return edges.isEmpty() && cases.isEmpty() && otherwise.isEmpty();
    }

    /** Every target that could be taken. */
    public Set<String> possible() {
        Set<String> targets = new LinkedHashSet<>(named);
        cases.forEach(one -> targets.add(one.target()));
        otherwise.ifPresent(targets::add);
        edges.forEach(edge -> targets.add(edge.target()));
        return targets;
    }

    /** The targets of edges that are taken in that state, {@code END} included. */
    public Set<String> taken(Expressions expressions, JsonObject state) {
        Optional<String> chosen = chosen(expressions, state);
        if (chosen.isEmpty()
                && edges.size() == 1
                && edges.getFirst().condition().isEmpty()) {
            return Set.of(edges.getFirst().target());
        }
        Set<String> targets = new LinkedHashSet<>();
        chosen.ifPresent(targets::add);
        for (EdgeDefinition edge : edges) {
            if (edge.condition().isEmpty()
                    || holds(expressions, edge.condition().get(), state)) {
                targets.add(edge.target());
            }
        }
        return targets;
    }

    private Optional<String> chosen(Expressions expressions, JsonObject state) {
        for (Case one : cases) {
            if (holds(expressions, one.when(), state)) {
                return Optional.of(one.target());
            }
        }
        return otherwise;
    }

    private static boolean holds(Expressions expressions, String condition, JsonObject state) {
        return expressions.evaluate(condition, state) == JsonBoolean.TRUE;
    }
}
