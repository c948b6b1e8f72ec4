package dev.agentos.graph.internal;

import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.NodeHandler;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.ChannelDefinition;
import dev.agentos.spi.EdgeDefinition;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.NodeDefinition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/** Finds what is wrong with the paths through a graph whose parts are sound. */
final class PathChecker {

    /** Enough to find what is wrong; a graph that stays in step for longer is looked at no further. */
    private static final int MOST_STEPS = 200_000;

    private final GraphDefinition graph;
    private final Function<NodeDefinition, Optional<NodeHandler>> handlers;
    private final Predicate<ChannelDefinition> single;
    private final List<Fault> faults = new ArrayList<>();
    private final Map<String, Routes> routes;
    private final Set<String> seen = new HashSet<>();

    /**
     * A check of that graph's paths.
     *
     * @param single whether only one task of a superstep may write to a channel
     */
    PathChecker(
            GraphDefinition graph,
            Function<NodeDefinition, Optional<NodeHandler>> handlers,
            Predicate<ChannelDefinition> single) {
        this.graph = graph;
        this.handlers = handlers;
        this.single = single;
        this.routes = Routes.of(graph);
    }

    List<Fault> check() {
        reach();
        if (faults.isEmpty()) {
            conflicts();
        }
        return faults;
    }

    private void fault(String pointer, String message) {
        faults.add(new Fault(pointer, GraphErrorCode.INVALID_GRAPH.code(), message));
    }

    private void reach() {
        Map<String, Set<String>> forward = new HashMap<>();
        Map<String, Set<String>> backward = new HashMap<>();
        routes.forEach((node, ways) -> {
            Set<String> targets = new HashSet<>(ways.possible());
            if (ways.none() || targets.isEmpty()) {
                targets.add(GraphDefinition.END);
            }
            forward.put(node, targets);
            targets.forEach(target ->
                    backward.computeIfAbsent(target, any -> new HashSet<>()).add(node));
        });
        Set<String> reached = closure(GraphDefinition.START, forward);
        Set<String> ending = closure(GraphDefinition.END, backward);
        for (int i = 0; i < graph.nodes().size(); i++) {
            String id = graph.nodes().get(i).id();
            if (!reached.contains(id)) {
                fault("/nodes/" + i, "Node '" + id + "' is never reached from START.");
            } else if (!ending.contains(id)) {
                fault(
                        "/nodes/" + i,
                        "Node '" + id + "' is in a cycle that no edge leaves: no path leads from it to END.");
            }
        }
    }

    private static Set<String> closure(String start, Map<String, Set<String>> ways) {
        Set<String> seen = new HashSet<>(Set.of(start));
        Deque<String> open = new ArrayDeque<>(seen);
        while (!open.isEmpty()) {
            for (String next : ways.getOrDefault(open.poll(), Set.of())) {
                if (seen.add(next)) {
                    open.add(next);
                }
            }
        }
        return seen;
    }

    /**
     * Walks the nodes that run in every execution, superstep by superstep: along edges without a condition, from nodes
     * that choose nothing themselves. Two of them in one superstep certainly conflict when both certainly write to a
     * channel that keeps one value.
     */
    private void conflicts() {
        Map<String, Integer> places = new HashMap<>();
        for (int i = 0; i < graph.nodes().size(); i++) {
            places.put(graph.nodes().get(i).id(), i);
        }
        Set<String> step = certain(GraphDefinition.START, places);
        Set<String> known = new HashSet<>();
        int looked = 0;
        while (!step.isEmpty() && looked < MOST_STEPS) {
            looked += step.size();
            if (step.size() > 1) {
                conflicts(step, places, known);
            }
            boolean fresh = false;
            Set<String> next = new LinkedHashSet<>();
            for (String node : step) {
                fresh |= seen.add(node);
                next.addAll(certain(node, places));
            }
            // A circle that all go round in step comes to the same again.
            step = fresh ? next : Set.of();
        }
    }

    private void conflicts(Set<String> step, Map<String, Integer> places, Set<String> known) {
        Map<String, String> writers = new LinkedHashMap<>();
        for (String id : step) {
            NodeDefinition node = graph.nodes().get(Objects.requireNonNull(places.get(id)));
            for (String channel :
                    handlers.apply(node).map(one -> one.writes(node)).orElse(Set.of())) {
                String other = single(channel) ? writers.putIfAbsent(channel, id) : null;
                if (other != null && known.add(channel + " " + id)) {
                    fault(
                            "/nodes/" + places.get(id),
                            "Nodes '" + other + "' and '" + id
                                    + "' run in the same superstep and both write to channel '" + channel
                                    + "', whose reducer takes only one.");
                }
            }
        }
    }

    private boolean single(String channel) {
        ChannelDefinition definition = graph.channels().get(channel);
        return definition != null && single.test(definition);
    }

    private Set<String> certain(String source, Map<String, Integer> places) {
        Routes ways = routes.get(source);
        Set<String> targets = new LinkedHashSet<>();
        Integer own = places.get(source);
        // How long a graph in a node takes, nobody knows.
        boolean composite = own != null && SubgraphNode.is(graph.nodes().get(own));
        if (composite || ways == null || !ways.named().isEmpty()) {
            return targets;
        }
        for (EdgeDefinition edge : ways.edges()) {
            Integer place = places.get(edge.target());
            boolean always = edge.condition().isEmpty();
            if (always && place != null && !graph.nodes().get(place).rules().joinsAll()) {
                targets.add(edge.target());
            }
        }
        return targets;
    }
}
