package dev.agentos.graph.internal;

import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.PendingWrite;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Plans: a graph, a checkpoint and what its tasks produced make the next checkpoint. Pure, so that a crash or another
 * server comes to the same plan; whatever has an effect is elsewhere.
 */
public final class Planner {

    private Planner() {}

    /** A checkpoint to be stored, and the channels that differ from the one before. */
    record Step(Checkpoint checkpoint, Set<String> changed) {}

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
     * @param values the channels then, a command's update included
     * @param finished what each of its tasks produced
     */
    static Step advance(CompiledGraph graph, Checkpoint at, JsonObject values, Collection<PendingWrite> finished) {
        List<Channels.Write> writes = finished.stream()
                .map(one -> new Channels.Write(one.task(), one.node(), one.writes()))
                .toList();
        JsonObject merged = graph.channels().merge(values, writes).values();
        Set<String> nodes = new TreeSet<>(at.next().stream().map(NodeTask::node).toList());
        Set<String> targets = targets(graph, nodes, merged);
        return step(
                at,
                Checkpoint.Source.LOOP,
                merged,
                targets,
                Control.of(at.control()).advanced());
    }

    /** The checkpoint that goes on with those nodes instead of what was planned. */
    static Step jump(Checkpoint at, JsonObject values, Collection<String> nodes) {
        Control control = Control.of(at.control());
        return step(
                at,
                Checkpoint.Source.UPDATE,
                values,
                new LinkedHashSet<>(nodes),
                new Control(control.supersteps(), Map.of(), Map.of()));
    }

    /** The checkpoint at which an execution waits; its tasks are those of the one before, with their ids. */
    static Step waiting(Checkpoint at, JsonObject values, Control control, List<Interrupt> interrupts) {
        Checkpoint checkpoint = new Checkpoint(
                at.number() + 1,
                Checkpoint.Source.LOOP,
                values,
                at.next(),
                interrupts,
                control.toJson(),
                Optional.empty());
        return new Step(checkpoint, changed(at.values(), values));
    }

    private static Step step(
            Checkpoint at, Checkpoint.Source source, JsonObject values, Set<String> targets, Control control) {
        int number = at.number() + 1;
        Checkpoint checkpoint = new Checkpoint(
                number, source, values, tasks(number, targets), List.of(), control.toJson(), Optional.empty());
        return new Step(checkpoint, changed(at.values(), values));
    }

    private static Set<String> changed(JsonObject before, JsonObject after) {
        Set<String> changed = new TreeSet<>(after.members().keySet());
        changed.removeIf(name ->
                Objects.equals(before.members().get(name), after.members().get(name)));
        return changed;
    }

    private static List<NodeTask> tasks(int number, Set<String> nodes) {
        return nodes.stream()
                .sorted()
                .map(node -> new NodeTask(number + ":" + node, node, Optional.empty()))
                .toList();
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
