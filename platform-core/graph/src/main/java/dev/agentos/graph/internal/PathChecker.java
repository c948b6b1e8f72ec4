package dev.agentos.graph.internal;

import dev.agentos.graph.GraphErrorCode;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.GraphDefinition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds what is wrong with the paths through a graph whose parts are sound. */
final class PathChecker {

    private final GraphDefinition graph;
    private final List<Fault> faults = new ArrayList<>();
    private final Map<String, Routes> routes;

    PathChecker(GraphDefinition graph) {
        this.graph = graph;
        this.routes = Routes.of(graph);
    }

    List<Fault> check() {
        reach();
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
}
