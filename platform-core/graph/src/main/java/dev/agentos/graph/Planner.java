package dev.agentos.graph;

import dev.agentos.graph.internal.Routes;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import java.util.Collection;
import java.util.LinkedHashSet;
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
            Map<String, Change> all = new TreeMap<>(changes);
            merged.changes().forEach((name, change) -> all.merge(name, change, Change::then));
            return new Working(merged.values(), all);
        }
    }

    /**
     * The first checkpoint of an execution.
     *
     * @param input checked by {@link Channels#check}; written as by a first task, on top of the channels' defaults
     */
    public static Checkpoint first(CompiledGraph graph, JsonObject input) {
        JsonObject values = graph.channels()
                .merge(graph.channels().defaults(), List.of(new Channels.Write("", GraphDefinition.START, input)))
                .values();
        return new Checkpoint(
                0,
                Checkpoint.Source.INPUT,
                values,
                tasks(0, targets(graph, Set.of(GraphDefinition.START), values)),
                List.of(),
                Control.START.toJson(),
                Optional.empty());
    }

    /**
     * The checkpoint after a superstep.
     *
     * @param at the checkpoint at which it began
     * @param working the channels then, a command's update included
     * @param finished what each of its tasks produced
     * @param memory of the execution's earlier merges
     */
    public static Step advance(
            CompiledGraph graph,
            Checkpoint at,
            Working working,
            Collection<PendingWrite> finished,
            Channels.Memory memory) {
        List<Channels.Write> writes = finished.stream()
                .map(one -> new Channels.Write(one.task(), one.node(), one.writes()))
                .toList();
        Working after = working.after(graph.channels().merge(working.values(), writes, memory));
        Set<String> nodes = new TreeSet<>(at.next().stream().map(NodeTask::node).toList());
        Set<String> targets = targets(graph, nodes, after.values());
        return step(
                at,
                Checkpoint.Source.LOOP,
                after,
                targets,
                Control.of(at.control()).advanced());
    }

    /** The checkpoint that goes on with those nodes instead of what was planned. */
    public static Step jump(Checkpoint at, Working working, Collection<String> nodes) {
        Control control = Control.of(at.control());
        return step(
                at,
                Checkpoint.Source.UPDATE,
                working,
                new LinkedHashSet<>(nodes),
                new Control(control.supersteps(), Map.of(), Map.of()));
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

    private static Step step(
            Checkpoint at, Checkpoint.Source source, Working working, Set<String> targets, Control control) {
        int number = at.number() + 1;
        Checkpoint checkpoint = new Checkpoint(
                number,
                source,
                working.values(),
                tasks(number, targets),
                List.of(),
                control.toJson(),
                Optional.empty());
        return new Step(checkpoint, working.changes());
    }

    private static List<NodeTask> tasks(int number, Set<String> nodes) {
        return nodes.stream().sorted().map(node -> NodeTask.of(number, node)).toList();
    }

    private static Set<String> targets(CompiledGraph graph, Set<String> sources, JsonObject values) {
        Set<String> targets = new TreeSet<>();
        for (String source : sources) {
            Routes routes = graph.routes(source).orElseThrow();
            Set<String> taken = routes.taken(graph.expressions(), values);
            if (taken.isEmpty() && !routes.none()) {
                throw new AgentOsException(
                        GraphErrorCode.NO_EDGE_TAKEN,
                        "No condition of the edges that leave '" + source + "' holds.",
                        "Add an edge that is taken otherwise, to END if the path is to end.");
            }
            targets.addAll(taken);
        }
        targets.remove(GraphDefinition.END);
        return targets;
    }
}
