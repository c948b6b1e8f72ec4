package dev.agentos.graph.internal;

import dev.agentos.graph.Change;
import dev.agentos.graph.Channels;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.Onward;
import dev.agentos.graph.PendingWrite;
import dev.agentos.graph.Planner.Working;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/** The channels inside of nodes that contain a graph, and what else is kept of such a node while it is open. */
public final class Insides {

    private Insides() {}

    /** Gives the channels inside of the nodes that were entered the values with which they begin. */
    public static Working begun(
            CompiledGraph graph, Checkpoint at, Working working, Collection<PendingWrite> finished) {
        Set<String> entered = new HashSet<>();
        finished.stream().map(PendingWrite::node).filter(graph::nested).forEach(entered::add);
        if (entered.isEmpty()) {
            return working;
        }
        Map<String, JsonValue> fresh = new LinkedHashMap<>();
        entered.stream().sorted().forEach(node -> fresh.putAll(graph.defaults(node)));
        at.next().stream()
                .filter(task -> Branches.is(task.node()) && entered.contains(task.node()))
                .filter(task ->
                        graph.bound(task.node()).flatMap(NodeDefinition::retry).isPresent())
                .forEach(task ->
                        fresh.put(Branches.item(task.node()), task.input().orElse(JsonObject.EMPTY)));
        for (PendingWrite write : finished) {
            if (entered.contains(write.node())
                    && Onward.of(write.detail()).orElse(null) instanceof Onward.Kept(JsonObject outputs)) {
                fresh.put(Branches.kept(write.node()), outputs);
            }
        }
        Working emptied = without(working, name -> Branches.within(name, entered));
        Map<String, Change> changes = new TreeMap<>();
        fresh.forEach((name, value) -> changes.put(name, new Change.Set(value)));
        return emptied.after(new Channels.Merged(emptied.values().overlaidBy(new JsonObject(fresh)), changes));
    }

    /** The channels inside of nodes that are not open, or begin anew. */
    public static List<String> closed(JsonObject values, Set<String> open, Set<String> again) {
        return inside(values, name -> {
            String node = name.substring(0, name.lastIndexOf('/'));
            return !open.contains(node) || again.contains(node);
        });
    }

    /** What was kept of a round does not hold for one that goes on with a node inside. */
    public static Working steered(Working working, Collection<String> nodes) {
        return without(
                working,
                name -> Branches.isKept(name)
                        && nodes.stream().anyMatch(node -> {
                            String whole = name.substring(0, name.lastIndexOf('/'));
                            return CompiledGraph.inside(node, whole) && !node.equals(Branches.end(whole));
                        }));
    }

    /** The same without some of what is inside of nodes. */
    public static Working without(Working working, Predicate<String> some) {
        return without(working, inside(working.values(), some));
    }

    /** The same without some channels. */
    public static Working without(Working working, List<String> names) {
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

    private static List<String> inside(JsonObject values, Predicate<String> some) {
        return values.members().keySet().stream()
                .filter(name -> name.indexOf('/') >= 0)
                .filter(some)
                .toList();
    }
}
