package dev.agentos.graph.internal;

import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Namespace;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.Onward;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The next superstep, put together path by path. */
public final class Plan {

    private final CompiledGraph graph;
    private final int checkpoint;
    private final JsonObject values;
    private final Set<String> nodes = new TreeSet<>();
    private final List<NodeTask> branches = new ArrayList<>();
    private final Map<String, Integer> branchesOf = new HashMap<>();
    private final Map<String, Set<String>> arrived = new TreeMap<>();
    /** What the superstep before was inside of; the path of what is inside sorts behind that of what is around. */
    private final NavigableSet<String> touched = new TreeSet<>();

    /**
     * A plan with nothing in it.
     *
     * @param checkpoint the number of the checkpoint behind which the superstep is
     * @param values the channels at that checkpoint
     * @param arrived paths that already wait at nodes that wait for all
     */
    public Plan(CompiledGraph graph, int checkpoint, JsonObject values, Map<String, List<String>> arrived) {
        this.graph = graph;
        this.checkpoint = checkpoint;
        this.values = values;
        arrived.forEach((node, from) -> this.arrived.put(node, new TreeSet<>(from)));
    }

    /** Adds what follows a node along its edges. */
    public Plan behind(String source) {
        Routes routes = graph.routes(source).orElseThrow();
        Namespace space = graph.behind(source);
        Set<String> taken = routes.taken(space.expressions(), space.view(values));
        touched.addAll(graph.around(source));
        if (taken.isEmpty() && !routes.none()) {
            throw new AgentOsException(
                    GraphErrorCode.NO_EDGE_TAKEN,
                    "No condition of the edges that leave '" + source + "' holds.",
                    "Add an edge that is taken otherwise, to END if the path is to end.");
        }
        taken.forEach(target -> arrive(source, target));
        return this;
    }

    /** Adds where a task said that its path goes. */
    public Plan behind(String source, Onward onward) {
        touched.addAll(graph.around(source));
        switch (onward) {
            case Onward.Goto(List<String> targets) -> targets.forEach(target -> arrive(source, target));
            case Onward.Dispatch dispatch -> {
                branch(source, dispatch);
                behind(source);
            }
        }
        return this;
    }

    /** Begins the graph in a node anew, whatever was planned inside; paths that have come to it wait for that round. */
    public Plan anew(String node) {
        arrived.keySet().removeIf(one -> !one.equals(node) && CompiledGraph.inside(one, node));
        touched.addAll(graph.around(node));
        nodes.add(node);
        return this;
    }

    private void branch(String source, Onward.Dispatch dispatch) {
        String node = dispatch.node();
        if (dispatch.items().size() == 0) {
            // Nothing to be done is done at once.
            behind(node);
            return;
        }
        Optional<String> channel = graph.seenBy(source).channel(dispatch.as());
        for (JsonValue item : dispatch.items()) {
            JsonObject input = new JsonObject(Map.of(dispatch.as(), item));
            channel.ifPresent(name -> graph.channels().require(source, new JsonObject(Map.of(name, item))));
            int index = branchesOf.merge(node, 1, Integer::sum) - 1;
            branches.add(NodeTask.branch(checkpoint, node, index, input));
        }
    }

    private void arrive(String source, String target) {
        if (target.equals(GraphDefinition.END)) {
            return;
        }
        Set<String> awaited = graph.joined(target);
        boolean nested = graph.nested(target);
        if (awaited.isEmpty() && !nested) {
            nodes.add(target);
            return;
        }
        Set<String> there = arrived.computeIfAbsent(target, any -> new TreeSet<>());
        there.add(source);
        // Whether a graph in a node can begin anew is known when all paths are.
        if (!nested && there.containsAll(awaited)) {
            arrived.remove(target);
            nodes.add(target);
        }
    }

    /** The tasks, in order; nodes that wait for all no longer do when nothing else is left to run. */
    public List<NodeTask> tasks() {
        if (graph.nested()) {
            enter();
            leave();
        }
        if (nodes.isEmpty() && branches.isEmpty() && !arrived.isEmpty()) {
            Set<String> released = firstOf(arrived.keySet());
            arrived.keySet().removeAll(released);
            nodes.addAll(released);
        }
        List<NodeTask> tasks = new ArrayList<>(nodes.size() + branches.size());
        nodes.forEach(node -> tasks.add(NodeTask.of(checkpoint, node)));
        tasks.addAll(branches);
        return tasks;
    }

    /** Begins the graphs in nodes to which paths have come, unless an earlier round inside is still under way. */
    private void enter() {
        for (String node : List.copyOf(arrived.keySet())) {
            if (graph.nested(node)
                    && !touched.contains(node)
                    && Objects.requireNonNull(arrived.get(node)).containsAll(graph.joined(node))) {
                arrived.remove(node);
                nodes.add(node);
            }
        }
    }

    /**
     * Ends the graphs in nodes inside of which nothing is left to run, the innermost first. As in a graph by itself,
     * nodes that wait for all no longer do when nothing else is left.
     */
    private void leave() {
        for (String node : touched.descendingSet()) {
            if (runs(node)) {
                continue;
            }
            Set<String> waiting = new TreeSet<>();
            arrived.keySet().stream()
                    .filter(one -> graph.around(one).contains(node) && !one.equals(node))
                    .forEach(waiting::add);
            if (waiting.isEmpty()) {
                nodes.add(graph.end(node));
            } else {
                Set<String> released = firstOf(waiting);
                arrived.keySet().removeAll(released);
                nodes.addAll(released);
            }
        }
    }

    private boolean runs(String around) {
        return nodes.stream().anyMatch(one -> graph.around(one).contains(around))
                || branches.stream().anyMatch(one -> graph.around(one.node()).contains(around));
    }

    /** The nodes inside of which the superstep is, and those whose ends are in it; known once {@link #tasks} is. */
    public Set<String> open() {
        Set<String> open = new HashSet<>();
        nodes.forEach(one -> open.addAll(graph.around(one)));
        branches.forEach(one -> open.addAll(graph.around(one.node())));
        touched.stream().filter(one -> nodes.contains(graph.end(one))).forEach(open::add);
        return open;
    }

    /** The paths that wait, once {@link #tasks} is known. */
    public Map<String, List<String>> arrived() {
        if (arrived.isEmpty()) {
            return Map.of();
        }
        Map<String, List<String>> paths = new TreeMap<>();
        arrived.forEach((node, from) -> paths.put(node, List.copyOf(from)));
        return paths;
    }

    /** Those to which no way leads from another one of them; all of them, when they are in a circle. */
    private Set<String> firstOf(Set<String> waiting) {
        Set<String> first = new TreeSet<>(waiting);
        for (String node : waiting) {
            Set<String> behind = new HashSet<>();
            Deque<String> open = new ArrayDeque<>(Set.of(node));
            while (!open.isEmpty()) {
                String one = open.poll();
                if (graph.nested(one) && behind.add(graph.end(one))) {
                    open.add(graph.end(one));
                }
                Optional<Routes> routes = graph.routes(one);
                routes.map(Routes::possible).orElse(Set.of()).stream()
                        .filter(behind::add)
                        .forEach(open::add);
            }
            behind.remove(node);
            first.removeAll(behind);
        }
        return first.isEmpty() ? new TreeSet<>(waiting) : first;
    }
}
