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
import java.util.stream.Stream;

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
     * that choose nothing themselves. Beside them go those to which a choice may lead in that superstep. Two writers to
     * a channel that keeps one value conflict when one of them certainly runs, and the other one at least may; of two
     * that are both chosen, the choices may exclude each other.
     */
    private void conflicts() {
        Map<String, Integer> places = new HashMap<>();
        for (int i = 0; i < graph.nodes().size(); i++) {
            places.put(graph.nodes().get(i).id(), i);
        }
        dispatched(places);
        Set<String> step = certain(GraphDefinition.START, places);
        Set<String> perhaps = possible(GraphDefinition.START, places);
        Set<String> known = new HashSet<>();
        int looked = 0;
        while (!step.isEmpty() && looked < MOST_STEPS) {
            perhaps.removeAll(step);
            looked += step.size() + perhaps.size();
            if (step.size() + perhaps.size() > 1) {
                conflicts(step, perhaps, places, known);
            }
            boolean fresh = false;
            Set<String> next = new LinkedHashSet<>();
            Set<String> chosen = new LinkedHashSet<>();
            for (String node : step) {
                fresh |= seen.add(node);
                next.addAll(certain(node, places));
                chosen.addAll(possible(node, places));
            }
            for (String node : perhaps) {
                chosen.addAll(possible(node, places));
            }
            // A circle that all go round in step comes to the same again.
            step = fresh ? next : Set.of();
            perhaps = chosen;
        }
    }

    private void conflicts(Set<String> step, Set<String> perhaps, Map<String, Integer> places, Set<String> known) {
        Map<String, String> writers = new LinkedHashMap<>();
        for (String id : step) {
            for (String channel : writes(id, places)) {
                String other = writers.putIfAbsent(channel, id);
                if (other != null && known.add(channel + " " + id)) {
                    conflict(id, "Nodes '" + other + "' and '" + id + "' run in the same superstep", channel, places);
                }
            }
        }
        for (String id : perhaps) {
            for (String channel : writes(id, places)) {
                String other = writers.get(channel);
                if (other != null && known.add(channel + " " + id)) {
                    conflict(id, "Node '" + id + "' may run in the same superstep as '" + other + "'", channel, places);
                }
            }
        }
    }

    private void conflict(String id, String when, String channel, Map<String, Integer> places) {
        fault(
                "/nodes/" + places.get(id),
                when + ", and both write to channel '" + channel + "', whose reducer takes only one.");
    }

    /** What is dispatched runs beside itself as soon as there are two items. */
    private void dispatched(Map<String, Integer> places) {
        Set<String> targets = new LinkedHashSet<>();
        graph.nodes().forEach(node -> DispatchNode.target(node).ifPresent(targets::add));
        for (String target : targets) {
            NodeDefinition node = graph.nodes().get(Objects.requireNonNull(places.get(target)));
            Set<String> written = SubgraphNode.is(node) ? SubgraphNode.written(node) : writes(target, places);
            written.stream()
                    .filter(this::single)
                    .forEach(channel -> fault(
                            "/nodes/" + places.get(target),
                            "Node '" + target + "' is dispatched, once for each item, and writes to channel '" + channel
                                    + "', whose reducer takes only one."));
        }
    }

    /** The channels that keep one value and to which a node certainly writes. */
    private Set<String> writes(String id, Map<String, Integer> places) {
        NodeDefinition node = graph.nodes().get(Objects.requireNonNull(places.get(id)));
        Set<String> written = new LinkedHashSet<>(
                handlers.apply(node).map(one -> one.writes(node)).orElse(Set.of()));
        written.removeIf(channel -> !single(channel));
        return written;
    }

    private boolean single(String channel) {
        ChannelDefinition definition = graph.channels().get(channel);
        return definition != null && single.test(definition);
    }

    private Set<String> certain(String source, Map<String, Integer> places) {
        Routes ways = routes.get(source);
        if (ways == null || composite(source, places) || !ways.named().isEmpty()) {
            return new LinkedHashSet<>();
        }
        return targets(
                ways.edges().stream().filter(edge -> edge.condition().isEmpty()).map(EdgeDefinition::target), places);
    }

    private Set<String> possible(String source, Map<String, Integer> places) {
        Routes ways = routes.get(source);
        return ways == null || composite(source, places)
                ? new LinkedHashSet<>()
                : targets(ways.possible().stream(), places);
    }

    /** How long a graph in a node takes, nobody knows. */
    private boolean composite(String id, Map<String, Integer> places) {
        Integer place = places.get(id);
        return place != null && SubgraphNode.is(graph.nodes().get(place));
    }

    /** Those that run in the next superstep: a join may wait. */
    private Set<String> targets(Stream<String> named, Map<String, Integer> places) {
        Set<String> targets = new LinkedHashSet<>();
        named.filter(id -> places.containsKey(id)
                        && !graph.nodes()
                                .get(Objects.requireNonNull(places.get(id)))
                                .rules()
                                .joinsAll())
                .forEach(targets::add);
        return targets;
    }
}
