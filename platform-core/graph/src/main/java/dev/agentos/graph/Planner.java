package dev.agentos.graph;

import dev.agentos.graph.internal.Branches;
import dev.agentos.graph.internal.Insides;
import dev.agentos.graph.internal.Plan;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Plans: a graph, a checkpoint and what its tasks produced make the next checkpoint. Pure, so that a crash or another
 * server comes to the same plan; whatever has an effect is elsewhere.
 */
public final class Planner {

    /** How many tasks a superstep may have: dispatches multiply when what they run dispatches again. */
    public static final int MOST_TASKS = 50_000;

    private Planner() {}

    /** What a superstep with more tasks than it may have fails with. */
    public static AgentOsException tooManyTasks() {
        return new AgentOsException(
                GraphErrorCode.TOO_MANY_TASKS,
                "The next superstep would have more than " + MOST_TASKS + " tasks.",
                "Dispatch parts of the lists, one behind the other, or fewer branches that fan out again.");
    }

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
     * What stands in the place of a task's writes when a node around it, which contains it, begins anew: everything
     * else inside is given up.
     *
     * @param node the path of the node
     * @param begins when it may do so
     */
    public record Again(String node, Instant begins) {

        /** As {@link PendingWrite#detail} keeps it. */
        public JsonObject toJson() {
            return JsonObject.of("again", JsonObject.of("node", node, "begins", begins.toString()));
        }

        /** What stands in the place of what a task would have written. */
        public PendingWrite insteadOf(NodeTask task) {
            return new PendingWrite(task.id(), task.node(), JsonObject.EMPTY, List.of(), Optional.of(toJson()));
        }

        /** What a write is, if it is that. */
        public static Optional<Again> of(PendingWrite write) {
            return write.detail().isPresent() && write.detail().get() instanceof JsonObject detail
                    ? detail.object("again")
                            .map(one -> new Again(
                                    one.text("node").orElseThrow(),
                                    Instant.parse(one.text("begins").orElseThrow())))
                    : Optional.empty();
        }

        /** Those among some writes, by node; what is inside of another one begins anew with it. */
        public static Map<String, Again> in(Collection<PendingWrite> writes) {
            Map<String, Again> all = new TreeMap<>();
            writes.forEach(write -> of(write).ifPresent(one -> all.put(one.node(), one)));
            Set<String> nodes = Set.copyOf(all.keySet());
            all.keySet()
                    .removeIf(node ->
                            node.indexOf('/') >= 0 && Branches.within(node.substring(0, node.lastIndexOf('/')), nodes));
            return all;
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
        Map<String, Again> again = graph.bounds() ? Again.in(finished) : Map.of();
        Collection<PendingWrite> valid =
                again.isEmpty() ? finished : outside(finished, PendingWrite::node, again.keySet());
        List<NodeTask> ended = again.isEmpty() ? at.next() : outside(at.next(), NodeTask::node, again.keySet());
        List<Channels.Write> writes = valid.stream()
                .map(one -> new Channels.Write(one.task(), one.node(), one.writes()))
                .toList();
        Working begun = graph.nested() ? Insides.begun(graph, at, working, valid) : working;
        Working after = begun.after(graph.channels().superstep(begun.values(), writes, memory));
        Control control = Control.of(at.control());
        Plan plan = new Plan(graph, at.number() + 1, after.values(), control.arrived());
        again.keySet().forEach(node -> plan.anew(node, item(at, working.values(), node)));
        go(plan, ended, valid);
        List<NodeTask> tasks = plan.tasks();
        Working kept = after;
        if (graph.nested()) {
            List<String> closed = Insides.closed(after.values(), plan.open(), again.keySet());
            memory.forget(closed);
            kept = Insides.without(after, closed);
        }
        return new Step(
                checkpoint(
                        at.number() + 1,
                        Checkpoint.Source.LOOP,
                        kept.values(),
                        plan,
                        tasks,
                        control.advanced().rounds(rounds(graph, control.rounds(), over(graph, ended, plan), again)),
                        pauses,
                        ended),
                kept.changes());
    }

    private static <T> List<T> outside(Collection<T> all, Function<T, String> node, Set<String> again) {
        return all.stream()
                .filter(one -> !Branches.within(node.apply(one), again))
                .toList();
    }

    /** The nodes that contain a graph of which nothing but the end may be left. */
    private static Set<String> over(CompiledGraph graph, List<NodeTask> ended, Plan plan) {
        if (!graph.bounds()) {
            return Set.of();
        }
        Set<String> over = new HashSet<>(plan.meeting());
        ended.stream()
                .map(NodeTask::node)
                .filter(Branches::isEnd)
                .map(Branches::whole)
                .forEach(over::add);
        return over;
    }

    /** What a branch that begins anew began with. */
    private static Optional<JsonObject> item(Checkpoint at, JsonObject values, String node) {
        return Branches.is(node)
                ? at.next().stream()
                        .filter(task -> task.node().equals(node))
                        .findFirst()
                        .flatMap(NodeTask::input)
                        .or(() -> Branches.item(values, node))
                : Optional.empty();
    }

    /** The rounds that go on, and the next ones of what begins anew. */
    private static Map<String, Control.Round> rounds(
            CompiledGraph graph, Map<String, Control.Round> before, Set<String> over, Map<String, Again> again) {
        if (before.isEmpty() && again.isEmpty()) {
            return before;
        }
        Map<String, Control.Round> rounds = new TreeMap<>(before);
        rounds.keySet().removeAll(over);
        rounds.keySet().removeIf(path -> Branches.within(path, again.keySet()));
        again.forEach((node, one) -> {
            Control.Round last = before.getOrDefault(node, Control.Round.FIRST);
            rounds.put(
                    node,
                    new Control.Round(
                            last.attempt() + 1,
                            Optional.of(one.begins()),
                            graph.bound(node).orElseThrow().timeout().map(one.begins()::plus),
                            false));
        });
        return rounds;
    }

    /**
     * A new checkpoint with the times of the nodes that are entered there. A pause before a node is not yet in it.
     *
     * @param now when it is made
     * @param spent the nodes that ran before it and whose effects cannot be repeated
     */
    public static Checkpoint timed(CompiledGraph graph, Checkpoint at, Instant now, Collection<String> spent) {
        if (!graph.bounds()) {
            return at;
        }
        Control control = Control.of(at.control());
        Set<String> held = new HashSet<>(control.held(Map.of()));
        Map<String, Control.Round> rounds = new TreeMap<>();
        for (NodeTask task : at.next()) {
            for (String node : graph.bounded(task.node())) {
                Control.Round round = control.rounds().get(node);
                if (round == null && !(task.node().equals(node) && held.contains(Pauses.before(at.number(), node)))) {
                    Optional<Instant> until =
                            graph.bound(node).orElseThrow().timeout().map(now.truncatedTo(ChronoUnit.MILLIS)::plus);
                    round = new Control.Round(1, Optional.empty(), until, false);
                }
                if (round != null) {
                    rounds.put(node, round);
                }
            }
        }
        spent.forEach(one ->
                graph.bounded(one).forEach(node -> rounds.computeIfPresent(node, (any, round) -> round.afterEffect())));
        Control timed = control.rounds(rounds);
        return timed.equals(control)
                ? at
                : new Checkpoint(
                        at.number(),
                        at.source(),
                        at.values(),
                        at.next(),
                        at.interrupts(),
                        timed.toJson(),
                        at.createdAt());
    }

    /**
     * The checkpoint at which some nodes begin anew although nothing ran, because a person is still waited for.
     *
     * @param given what the person has answered so far
     */
    public static Step again(
            CompiledGraph graph,
            Checkpoint at,
            Working working,
            Collection<PendingWrite> finished,
            Map<String, JsonValue> given) {
        int number = at.number() + 1;
        Map<String, Again> again = Again.in(finished);
        List<NodeTask> tasks = new ArrayList<>(outside(at.next(), NodeTask::node, again.keySet()));
        again.keySet()
                .forEach(node -> tasks.add(item(at, working.values(), node)
                        .map(item -> NodeTask.entry(number, node, item))
                        .orElseGet(() -> NodeTask.of(number, node))));
        Control control = Control.of(at.control());
        List<String> held = control.held(Map.of()).stream()
                .filter(id -> {
                    String node = Pauses.interrupt(id).node();
                    // Behind its end is where the round before was left.
                    return again.keySet().stream()
                            .noneMatch(one -> CompiledGraph.inside(node, one) && !node.equals(graph.end(one)));
                })
                .toList();
        Map<String, List<String>> arrived = new TreeMap<>(control.arrived());
        arrived.keySet()
                .removeIf(node ->
                        again.keySet().stream().anyMatch(one -> !one.equals(node) && CompiledGraph.inside(node, one)));
        Control next = new Control(
                control.supersteps(),
                given,
                held.isEmpty() ? Map.of() : Control.boundary(held),
                arrived,
                rounds(graph, control.rounds(), Set.of(), again));
        Working kept = Insides.without(working, name -> Branches.within(name, again.keySet()));
        return new Step(
                new Checkpoint(
                        number,
                        Checkpoint.Source.LOOP,
                        kept.values(),
                        tasks,
                        List.of(),
                        next.toJson(),
                        Optional.empty()),
                kept.changes());
    }

    /** Follows every path; in the order of the tasks, not in that in which they finished. */
    private static void go(Plan plan, List<NodeTask> tasks, Collection<PendingWrite> finished) {
        Map<String, Onward> onward = new HashMap<>();
        finished.forEach(one -> Onward.of(one.detail()).ifPresent(way -> onward.put(one.task(), way)));
        tasks.forEach(task -> plan.ended(task.node()));
        if (tasks.size() == 1 && onward.isEmpty()) {
            plan.behind(Branches.ended(tasks.getFirst().node()));
            return;
        }
        Set<String> plain = new TreeSet<>();
        for (NodeTask task : tasks) {
            Onward way = onward.get(task.id());
            if (way == null) {
                plain.add(Branches.ended(task.node()));
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
                        .holding(pauses.at(number, ended, entered(tasks, control)))
                        .toJson(),
                Optional.empty());
    }

    /** The tasks but for those of nodes that begin anew: nobody is asked again. */
    private static List<NodeTask> entered(List<NodeTask> tasks, Control control) {
        return control.rounds().isEmpty()
                ? tasks
                : tasks.stream()
                        .filter(task -> control.rounds()
                                .getOrDefault(task.node(), Control.Round.FIRST)
                                .begins()
                                .isEmpty())
                        .toList();
    }

    /**
     * The checkpoint that goes on with those nodes instead of what was planned. A branch begins with its item again,
     * and those of its group that have come to their end go on waiting for it.
     */
    public static Step jump(Checkpoint at, Working working, Collection<String> nodes) {
        int number = at.number() + 1;
        Control before = Control.of(at.control());
        Set<String> meetings =
                nodes.stream().flatMap(Branches::through).map(Branches::meeting).collect(Collectors.toSet());
        Map<String, List<String>> waiting = new TreeMap<>(before.arrived());
        waiting.keySet().retainAll(meetings);
        waiting.replaceAll((meeting, branches) -> branches.stream()
                .filter(branch -> nodes.stream().noneMatch(node -> CompiledGraph.inside(node, branch)))
                .toList());
        waiting.values().removeIf(List::isEmpty);
        Control control = new Control(before.supersteps(), Map.of(), Map.of(), waiting, Map.of());
        Working steered = Insides.steered(working, nodes);
        Checkpoint checkpoint = new Checkpoint(
                number,
                Checkpoint.Source.UPDATE,
                steered.values(),
                new TreeSet<>(nodes)
                        .stream()
                                .map(node -> item(at, working.values(), node)
                                        .map(item -> NodeTask.entry(number, node, item))
                                        .orElseGet(() -> NodeTask.of(number, node)))
                                .toList(),
                List.of(),
                control.toJson(),
                Optional.empty());
        return new Step(checkpoint, steered.changes());
    }

    /** The checkpoint at which an execution waits on, which remembers what was answered and asks the rest. */
    public static Step waitingOn(Checkpoint at, Working working, Map<String, JsonValue> given) {
        Control control = Control.of(at.control());
        List<Interrupt> open = at.interrupts().stream()
                .filter(one -> !given.containsKey(one.id()))
                .toList();
        return waiting(at, working, control.waiting(given, control.waiting()), open);
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
