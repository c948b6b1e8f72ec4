package dev.agentos.graph.internal;

import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.Onward;
import dev.agentos.graph.Planner;
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
import java.util.stream.Stream;

/** The next superstep, put together path by path. */
public final class Plan {

    private static final String OUTERMOST = "";

    private final CompiledGraph graph;
    private final int checkpoint;
    private final JsonObject values;
    private final Set<String> nodes = new TreeSet<>();
    private final List<NodeTask> branches = new ArrayList<>();
    private final Map<String, Integer> branchesOf = new HashMap<>();
    private final Map<String, Set<String>> arrived = new TreeMap<>();
    /** What the superstep before was inside of; the path of what is inside sorts behind that of what is around. */
    private final NavigableSet<String> touched = new TreeSet<>();

    private Optional<Map<String, Integer>> taken = Optional.empty();

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
        graph.taken(source, values).forEach(target -> arrive(source, target));
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
            case Onward.Kept ignored -> {
                // Where nothing inside runs, the end follows.
            }
        }
        return this;
    }

    /**
     * Begins the graph in a node anew, whatever was planned inside; paths that have come to it wait for that round.
     *
     * @param item if it is a branch, its own
     */
    public Plan anew(String node, Optional<JsonObject> item) {
        arrived.keySet().removeIf(one -> !one.equals(node) && CompiledGraph.inside(one, node));
        touched.addAll(graph.around(node));
        item.ifPresentOrElse(input -> branches.add(NodeTask.entry(checkpoint, node, input)), () -> nodes.add(node));
        return this;
    }

    private void branch(String source, Onward.Dispatch dispatch) {
        String node = dispatch.node();
        if (dispatch.items().size() == 0) {
            // Nothing to be done is done at once.
            behind(graph.nested(node) ? graph.end(node) : node);
            return;
        }
        boolean nested = graph.nested(node);
        int taken =
                nested && !branchesOf.containsKey(node) ? taken().getOrDefault(Branches.group(node, checkpoint), 0) : 0;
        Optional<String> channel = graph.seenBy(source).channel(dispatch.as());
        for (JsonValue item : dispatch.items()) {
            JsonObject input = new JsonObject(Map.of(dispatch.as(), item));
            channel.ifPresent(name -> graph.channels().require(source, new JsonObject(Map.of(name, item))));
            int index = branchesOf.compute(node, (any, next) -> next == null ? 1 + taken : 1 + next) - 1;
            branches.add(
                    nested
                            ? NodeTask.entry(checkpoint, Branches.of(node, checkpoint, index), input)
                            : NodeTask.branch(checkpoint, node, index, input));
            requireRoom();
        }
    }

    /** How many branches of each group there are: a fork counts its checkpoints anew, but keeps those open there. */
    private Map<String, Integer> taken() {
        if (taken.isEmpty()) {
            Map<String, Integer> counts = new HashMap<>();
            Stream.of(values.members().keySet(), touched, meeting())
                    .flatMap(Set::stream)
                    .flatMap(Branches::through)
                    .forEach(branch -> counts.merge(
                            branch.substring(0, branch.lastIndexOf('.') + 1), 1 + Branches.index(branch), Math::max));
            taken = Optional.of(counts);
        }
        return taken.get();
    }

    /**
     * Notes what a task that has ended was inside of; to be told of all of them before what is behind them is added.
     */
    public void ended(String node) {
        touched.addAll(graph.around(node));
    }

    private void requireRoom() {
        if (nodes.size() + branches.size() + arrived.size() > Planner.MOST_TASKS) {
            throw Planner.tooManyTasks();
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
            requireRoom();
            return;
        }
        Set<String> there = arrived.computeIfAbsent(target, any -> new TreeSet<>());
        there.add(source);
        requireRoom();
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
     * nodes that wait for all no longer do when nothing else is left. Branches wait for the others of their group.
     */
    private void leave() {
        Busy busy = new Busy();
        nodes.forEach(one -> busy.in(graph.around(one)));
        branches.forEach(one -> busy.in(graph.around(one.node())));
        Map<String, Set<String>> joins = new HashMap<>();
        Map<String, Set<String>> meetings = new HashMap<>();
        NavigableSet<String> open = new TreeSet<>(touched);
        for (String target : arrived.keySet()) {
            List<String> around = graph.around(target);
            if (Branches.isEnd(target)) {
                meetings.computeIfAbsent(last(around), any -> new TreeSet<>()).add(target);
                open.addAll(around);
            } else {
                around.stream()
                        .filter(node -> !node.equals(target))
                        .forEach(node -> joins.computeIfAbsent(node, any -> new TreeSet<>())
                                .add(target));
            }
        }
        for (String node : open.descendingSet()) {
            meet(meetings.getOrDefault(node, Set.of()), busy);
            if (busy.nodes.contains(node)) {
                continue;
            }
            Set<String> released = firstOf(joins.getOrDefault(node, Set.of()));
            if (!released.isEmpty()) {
                arrived.keySet().removeAll(released);
                released.forEach(one -> run(one, busy));
            } else if (Branches.is(node)) {
                String meeting = Branches.meeting(node);
                arrived.computeIfAbsent(meeting, any -> new TreeSet<>()).add(node);
                meetings.computeIfAbsent(last(graph.around(meeting)), any -> new TreeSet<>())
                        .add(meeting);
            } else {
                run(graph.end(node), busy);
            }
        }
        meet(meetings.getOrDefault(OUTERMOST, Set.of()), busy);
    }

    /** The nodes inside of which something runs, and where their branches are awaited. */
    private static final class Busy {
        final Set<String> nodes = new HashSet<>();
        final Set<String> meetings = new HashSet<>();

        void in(List<String> around) {
            for (String node : around) {
                if (nodes.add(node) && Branches.is(node)) {
                    meetings.add(Branches.meeting(node));
                }
            }
        }
    }

    private static String last(List<String> around) {
        return around.isEmpty() ? OUTERMOST : around.getLast();
    }

    private void run(String node, Busy busy) {
        nodes.add(node);
        busy.in(graph.around(node));
    }

    /** Ends the branches that have all come; while one has not, what is around them has not ended either. */
    private void meet(Set<String> meetings, Busy busy) {
        for (String meeting : meetings) {
            if (busy.meetings.contains(meeting)) {
                busy.in(graph.around(meeting));
            } else {
                Objects.requireNonNull(arrived.remove(meeting)).forEach(branch -> run(graph.end(branch), busy));
            }
        }
    }

    /** The nodes inside of which something runs, ends or waits for other branches; known once {@link #tasks} is. */
    public Set<String> open() {
        Set<String> open = new HashSet<>();
        nodes.forEach(one -> {
            open.addAll(graph.around(one));
            if (Branches.isEnd(one)) {
                open.add(Branches.whole(one));
            }
        });
        branches.forEach(one -> open.addAll(graph.around(one.node())));
        meeting().forEach(branch -> open.addAll(graph.around(branch)));
        return open;
    }

    /** The branches that wait for others; known once {@link #tasks} is. */
    public Set<String> meeting() {
        Set<String> branches = new TreeSet<>();
        arrived.forEach((target, from) -> {
            if (Branches.isEnd(target)) {
                branches.addAll(from);
            }
        });
        return branches;
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
                if (!one.equals(GraphDefinition.END)) {
                    graph.possible(one).stream().filter(behind::add).forEach(open::add);
                }
            }
            behind.remove(node);
            first.removeAll(behind);
        }
        return first.isEmpty() ? Set.copyOf(waiting) : first;
    }
}
