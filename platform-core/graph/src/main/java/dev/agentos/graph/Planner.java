package dev.agentos.graph;

import dev.agentos.graph.internal.Plan;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Plans: a graph, a checkpoint and what its tasks produced make the next checkpoint. Pure, so that a crash or another
 * server comes to the same plan; whatever has an effect is elsewhere.
 */
public final class Planner {

    private Planner() {}

    /** A checkpoint to be stored, and how its channels differ from those of the one before. */
    public record Step(Checkpoint checkpoint, Map<String, Change> changes) {}

    /**
     * Values on the way to the next checkpoint.
     *
     * @param values now
     * @param changes since the last checkpoint, as a command's update
     */
    public record Working(JsonObject values, Map<String, Change> changes) {
        /** The values at a checkpoint. */
        public static Working of(JsonObject values) {
            return new Working(values, Map.of());
        }

        /** The values after some writes. */
        public Working after(Channels.Merged merged) {
            if (changes.isEmpty()) {
                return new Working(merged.values(), merged.changes());
            }
            Map<String, Change> all = new TreeMap<>(changes);
            merged.changes().forEach((name, change) -> all.merge(name, change, Change::then));
            return new Working(merged.values(), all);
        }
    }

    /**
     * The first checkpoint of an execution.
     *
     * @param input checked by {@link Channels#check}; written as by a first task, on top of the channels' defaults
     * @param pauses where the execution waits for a person
     */
    public static Checkpoint first(CompiledGraph graph, JsonObject input, Pauses pauses) {
        return first(graph, input, pauses, new Channels.Memory());
    }

    /** The same with reducers that are not built in. */
    public static Checkpoint first(CompiledGraph graph, JsonObject input, Pauses pauses, Channels.Memory memory) {
        JsonObject values = graph.channels()
                .merge(
                        graph.channels().defaults(),
                        List.of(new Channels.Write("", GraphDefinition.START, input)),
                        memory)
                .values();
        Plan plan = new Plan(graph, 0, values, Map.of()).behind(GraphDefinition.START);
        return checkpoint(0, Checkpoint.Source.INPUT, values, plan, plan.tasks(), Control.START, pauses, List.of());
    }

    /**
     * The checkpoint at which an execution begins that goes on with what another one has left.
     *
     * @param at the one before, whose values are the input alone
     * @param left the channels as they were left; those that nothing else sees are dropped
     */
    public static Step continued(
            CompiledGraph graph, Checkpoint at, JsonObject left, Pauses pauses, Channels.Memory memory) {
        JsonObject input = at.values();
        JsonObject values = graph.channels()
                .merge(
                        graph.channels().defaults().overlaidBy(graph.channels().lasting(left)),
                        List.of(new Channels.Write("", GraphDefinition.START, input)),
                        memory)
                .values();
        Map<String, Change> changes = new TreeMap<>();
        values.members().forEach((name, value) -> {
            if (!value.equals(input.members().get(name))) {
                changes.put(name, new Change.Set(value));
            }
        });
        int number = at.number() + 1;
        Plan plan = new Plan(graph, number, values, Map.of()).behind(GraphDefinition.START);
        return new Step(
                checkpoint(
                        number, Checkpoint.Source.INPUT, values, plan, plan.tasks(), Control.START, pauses, List.of()),
                changes);
    }

    /**
     * The checkpoint after a superstep.
     *
     * @param at the checkpoint at which it began
     * @param working the channels then, a command's update included
     * @param finished what each of its tasks produced
     * @param memory of the execution's earlier merges
     * @param pauses where the execution waits for a person
     */
    public static Step advance(
            CompiledGraph graph,
            Checkpoint at,
            Working working,
            Collection<PendingWrite> finished,
            Channels.Memory memory,
            Pauses pauses) {
        List<Channels.Write> writes = finished.stream()
                .map(one -> new Channels.Write(one.task(), one.node(), one.writes()))
                .toList();
        Working begun = graph.nested() ? begun(graph, working, finished) : working;
        Working after = begun.after(graph.channels().superstep(begun.values(), writes, memory));
        Control control = Control.of(at.control());
        Plan plan = new Plan(graph, at.number() + 1, after.values(), control.arrived());
        go(plan, at.next(), finished);
        List<NodeTask> tasks = plan.tasks();
        Working kept = graph.nested() ? without(after, closed(after.values(), plan.open())) : after;
        return new Step(
                checkpoint(
                        at.number() + 1,
                        Checkpoint.Source.LOOP,
                        kept.values(),
                        plan,
                        tasks,
                        control.advanced(),
                        pauses,
                        at.next()),
                kept.changes());
    }

    /** Gives the channels inside of the nodes that were entered the values with which they begin. */
    private static Working begun(CompiledGraph graph, Working working, Collection<PendingWrite> finished) {
        Working begun = working;
        for (PendingWrite one : finished) {
            if (graph.nested(one.node())) {
                String prefix = one.node() + "/";
                begun = without(
                        begun,
                        begun.values().members().keySet().stream()
                                .filter(name -> name.startsWith(prefix))
                                .toList());
                JsonObject defaults = graph.defaults(one.node());
                Map<String, Change> changes = new TreeMap<>();
                defaults.members().forEach((name, value) -> changes.put(name, new Change.Set(value)));
                begun = begun.after(new Channels.Merged(begun.values().overlaidBy(defaults), changes));
            }
        }
        return begun;
    }

    /** The channels inside of nodes that are not open. */
    private static List<String> closed(JsonObject values, Set<String> open) {
        return values.members().keySet().stream()
                .filter(name -> name.indexOf('/') >= 0 && !open.contains(name.substring(0, name.lastIndexOf('/'))))
                .toList();
    }

    private static Working without(Working working, List<String> names) {
        if (names.isEmpty()) {
            return working;
        }
        Map<String, JsonValue> values = new LinkedHashMap<>(working.values().members());
        Map<String, Change> changes = new TreeMap<>();
        names.forEach(name -> {
            values.remove(name);
            changes.put(name, new Change.Unset());
        });
        return working.after(new Channels.Merged(new JsonObject(values), changes));
    }

    /** Follows every path; in the order of the tasks, not in that in which they finished. */
    private static void go(Plan plan, List<NodeTask> tasks, Collection<PendingWrite> finished) {
        Map<String, Onward> onward = new HashMap<>();
        finished.forEach(one -> Onward.of(one.detail()).ifPresent(way -> onward.put(one.task(), way)));
        if (tasks.size() == 1 && onward.isEmpty()) {
            plan.behind(tasks.getFirst().node());
            return;
        }
        Set<String> plain = new TreeSet<>();
        for (NodeTask task : tasks) {
            Onward way = onward.get(task.id());
            if (way == null) {
                plain.add(task.node());
            } else {
                plan.behind(task.node(), way);
            }
        }
        plain.forEach(plan::behind);
    }

    private static Checkpoint checkpoint(
            int number,
            Checkpoint.Source source,
            JsonObject values,
            Plan plan,
            List<NodeTask> tasks,
            Control control,
            Pauses pauses,
            List<NodeTask> ended) {
        return new Checkpoint(
                number,
                source,
                values,
                tasks,
                List.of(),
                control.with(plan.arrived())
                        .holding(pauses.at(number, ended, tasks))
                        .toJson(),
                Optional.empty());
    }

    /** The checkpoint that goes on with those nodes instead of what was planned. */
    public static Step jump(Checkpoint at, Working working, Collection<String> nodes) {
        int number = at.number() + 1;
        Control control = new Control(Control.of(at.control()).supersteps(), Map.of(), Map.of(), Map.of());
        Checkpoint checkpoint = new Checkpoint(
                number,
                Checkpoint.Source.UPDATE,
                working.values(),
                new TreeSet<>(nodes)
                        .stream().map(node -> NodeTask.of(number, node)).toList(),
                List.of(),
                control.toJson(),
                Optional.empty());
        return new Step(checkpoint, working.changes());
    }

    /** The checkpoint at which an execution waits; its tasks are those of the one before, with their ids. */
    public static Step waiting(Checkpoint at, Working working, Control control, List<Interrupt> interrupts) {
        Checkpoint checkpoint = new Checkpoint(
                at.number() + 1,
                Checkpoint.Source.LOOP,
                working.values(),
                at.next(),
                interrupts,
                control.toJson(),
                Optional.empty());
        return new Step(checkpoint, working.changes());
    }
}
