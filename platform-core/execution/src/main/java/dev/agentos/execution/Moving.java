package dev.agentos.execution;

import dev.agentos.graph.Channels;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.Control;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.Onward;
import dev.agentos.graph.PendingWrite;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How an execution is taken to another version of its graph.
 *
 * @param version the other version
 * @param checkpoint where; the latest when empty
 * @param values CEL over the state as it is, by the channels that are to hold what they yield
 * @param dryRun whether only to say what would happen
 */
public record Moving(int version, Optional<Integer> checkpoint, Map<String, String> values, boolean dryRun) {

    public Moving {
        values = Map.copyOf(values);
    }

    /**
     * What came of it.
     *
     * @param started the new execution; empty when it was only tried
     */
    public record Moved(Migration migration, Optional<Executions.Started> started) {}

    /** Where the execution stands in the other version. */
    record Place(Migration migration, Checkpoint checkpoint) {}

    /**
     * Where it stands in the other version.
     *
     * @param kept what tasks behind the checkpoint have produced
     * @throws InvalidInputException {@code graph:MIGRATION_CONFLICT} with all that the other version cannot go on with
     */
    Place place(Migration.Side before, Migration.Side after, Checkpoint at, List<PendingWrite> kept) {
        InvalidInputException.refuse(
                faults(before, after, at, kept),
                GraphErrorCode.MIGRATION_CONFLICT,
                "The execution cannot go on in version " + after.version() + " from checkpoint " + at.number(),
                "Name an earlier checkpoint, or deploy a version that has what errors names; dryRun tells what would"
                        + " be.");
        Channels channels = after.graph().channels();
        Migration migration = Migration.of(before, after, at.values(), values);
        Map<String, Migration.Fate> fates = new TreeMap<>(migration.channels());
        Map<String, JsonValue> all = new LinkedHashMap<>(channels.defaults().members());
        all.putAll(migration.values().members());
        // What outlasts no session is still to be read by the superstep that comes.
        at.values().members().forEach((name, value) -> {
            if (fates.get(name) == Migration.Fate.DEFAULT
                    && channels.check(new JsonObject(Map.of(name, value))).isEmpty()) {
                all.put(name, value);
                fates.put(name, Migration.Fate.KEPT);
            }
        });
        JsonObject state = new JsonObject(all);
        Control control = Control.of(at.control());
        Map<String, List<String>> arrived = new TreeMap<>(control.arrived());
        arrived.keySet().removeIf(node -> after.graph().node(node).isEmpty());
        Control known =
                new Control(control.supersteps(), control.answers(), control.waiting(), arrived, control.rounds());
        return new Place(
                new Migration(before.version(), after.version(), fates, state),
                new Checkpoint(
                        at.number(), at.source(), state, at.next(), at.interrupts(), known.toJson(), at.createdAt()));
    }

    private static List<Fault> faults(
            Migration.Side before, Migration.Side after, Checkpoint at, List<PendingWrite> kept) {
        List<Fault> faults = new ArrayList<>();
        Optional<String> inside = at.values().members().keySet().stream()
                .filter(name -> !before.graph().definition().channels().containsKey(name))
                .findFirst();
        inside.ifPresent(name -> faults.add(fault(
                "/checkpoint",
                "At checkpoint " + at.number() + " the graph in node '" + name.replaceFirst("[/#].*", "")
                        + "' is under way, and what is inside of it cannot be taken to another version.")));
        if (inside.isPresent()) {
            return faults;
        }
        for (NodeTask task : at.next()) {
            if (after.graph().node(task.node()).isEmpty()) {
                faults.add(fault(
                        "/version",
                        "The execution is to go on with node '" + task.node() + "', which version " + after.version()
                                + " does not have."));
            }
        }
        for (PendingWrite write : kept) {
            if (after.graph().node(write.node()).isPresent()) {
                misfit(before, after, write)
                        .ifPresent(problem -> faults.add(fault(
                                "/version",
                                "Node '" + write.node() + "' has finished, and " + problem + " Name the checkpoint "
                                        + at.number() + " to run the node again.")));
            }
        }
        return faults;
    }

    /** Why the other version cannot go on behind a node that has finished; empty when it can. */
    private static Optional<String> misfit(Migration.Side before, Migration.Side after, PendingWrite write) {
        CompiledGraph graph = after.graph();
        String node = write.node();
        String version = "version " + after.version();
        if (before.graph().nested(node) != graph.nested(node)) {
            return Optional.of("contains a graph in one of both versions only.");
        }
        Optional<Onward> onward = Onward.of(write.detail());
        Optional<String> written = unfit(graph, write.writes())
                .or(() -> onward.flatMap(one ->
                        one instanceof Onward.Kept(JsonObject outputs) ? unfit(graph, outputs) : Optional.empty()));
        if (written.isPresent()) {
            return Optional.of("what it wrote to channel " + written.get().formatted(version));
        }
        return onward.flatMap(one -> switch (one) {
            case Onward.Goto way ->
                way.astray(graph, node)
                        .map(target ->
                                "goes on with '" + target + "', to which no edge leads from it in " + version + ".");
            case Onward.Dispatch(String target, String as, JsonArray items) ->
                graph.node(target).isEmpty()
                        ? Optional.of("hands items to node '" + target + "', which " + version + " does not have.")
                        : graph.seenBy(node)
                                .channel(as)
                                .flatMap(channel -> items.items().stream()
                                        .flatMap(item -> unfit(graph, new JsonObject(Map.of(channel, item))).stream())
                                        .findFirst())
                                .map(problem -> "an item for channel " + problem.formatted(version));
            case Onward.Kept ignored -> Optional.empty();
        });
    }

    /** The first value that its channel does not take, with a place for the version. */
    private static Optional<String> unfit(CompiledGraph graph, JsonObject values) {
        return graph.channels().check(values).stream()
                .findFirst()
                .map(problem -> "'" + problem.pointer().substring(1).replace("%", "%%") + "' does not fit %s: "
                        + problem.message().replace("%", "%%"));
    }

    private static Fault fault(String pointer, String message) {
        return new Fault(pointer, GraphErrorCode.MIGRATION_CONFLICT.code(), message);
    }

    /** The configuration without that of agents that the graph does not have. */
    static JsonObject configuration(CompiledGraph graph, JsonObject before) {
        Optional<JsonObject> agents = before.object(CompiledGraph.AGENTS);
        if (agents.isEmpty()) {
            return before;
        }
        Map<String, JsonValue> left = new LinkedHashMap<>(agents.get().members());
        left.keySet().retainAll(graph.agents().keySet());
        Map<String, JsonValue> members = new LinkedHashMap<>(before.members());
        if (left.isEmpty()) {
            members.remove(CompiledGraph.AGENTS);
        } else {
            members.put(CompiledGraph.AGENTS, new JsonObject(left));
        }
        return new JsonObject(members);
    }
}
