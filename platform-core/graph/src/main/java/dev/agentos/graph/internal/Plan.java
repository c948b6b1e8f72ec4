package dev.agentos.graph.internal;

import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.GraphErrorCode;
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
        Set<String> taken = routes.taken(graph.expressions(), values);
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
        switch (onward) {
            case Onward.Goto(List<String> targets) -> targets.forEach(target -> arrive(source, target));
            case Onward.Dispatch dispatch -> {
                branch(source, dispatch);
                behind(source);
            }
        }
        return this;
    }

    private void branch(String source, Onward.Dispatch dispatch) {
        String node = dispatch.node();
        if (dispatch.items().size() == 0) {
            // Nothing to be done is done at once.
            behind(node);
            return;
        }
        boolean channel = graph.definition().channels().containsKey(dispatch.as());
        for (JsonValue item : dispatch.items()) {
            JsonObject input = new JsonObject(Map.of(dispatch.as(), item));
            if (channel) {
                graph.channels().require(source, input);
            }
            int index = branchesOf.merge(node, 1, Integer::sum) - 1;
            branches.add(NodeTask.branch(checkpoint, node, index, input));
        }
    }

    private void arrive(String source, String target) {
        if (target.equals(GraphDefinition.END)) {
            return;
        }
        Set<String> awaited = graph.joined(target);
        if (awaited.isEmpty()) {
            nodes.add(target);
            return;
        }
        Set<String> there = arrived.computeIfAbsent(target, any -> new TreeSet<>());
        there.add(source);
        if (there.containsAll(awaited)) {
            arrived.remove(target);
            nodes.add(target);
        }
    }

    /** The tasks, in order; nodes that wait for all no longer do when nothing else is left to run. */
    public List<NodeTask> tasks() {
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
                Optional<Routes> routes = graph.routes(open.poll());
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
