package dev.agentos.execution;

import dev.agentos.graph.Channels;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.Control;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.Onward;
import dev.agentos.graph.PendingWrite;
import dev.agentos.graph.Planner;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

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
        Inside inside = Inside.of(before, after, at);
        List<Fault> faults = new ArrayList<>(inside.faults());
        faults.addAll(faults(before, after, at, kept, inside.unknown()));
        InvalidInputException.refuse(
                // Each branch of a dispatch says the same of what they all have.
                faults.stream().distinct().toList(),
                GraphErrorCode.MIGRATION_CONFLICT,
                "The execution cannot go on in version " + after.version() + " from checkpoint " + at.number(),
                "Name an earlier checkpoint, or deploy a version that has what errors names; dryRun tells what would"
                        + " be.");
        Channels channels = after.graph().channels();
        Migration migration = Migration.of(before, after, outermost(at.values()), values);
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
        all.putAll(inside.values());
        fates.putAll(inside.fates());
        JsonObject state = new JsonObject(all);
        Control control = Control.of(at.control());
        Map<String, List<String>> arrived = new TreeMap<>(control.arrived());
        arrived.keySet().removeIf(node -> after.graph().node(node).isEmpty());
        Control known = new Control(
                control.supersteps(), control.answers(), control.waiting(), arrived, inside.rounds(before, control));
        return new Place(
                new Migration(before.version(), after.version(), fates, state),
                new Checkpoint(
                        at.number(), at.source(), state, at.next(), at.interrupts(), known.toJson(), at.createdAt()));
    }

    private static JsonObject outermost(JsonObject values) {
        Map<String, JsonValue> outermost = new LinkedHashMap<>(values.members());
        outermost.keySet().removeIf(name -> name.indexOf('/') >= 0);
        return new JsonObject(outermost);
    }

    /**
     * What is inside of nodes whose graphs are under way. All of it goes on, or none: a channel inside that is gone is
     * not dropped, because the graph around it goes on in the middle.
     *
     * @param open the nodes whose graphs are under way
     * @param unknown those in which the other version has no such graph
     */
    private record Inside(
            Map<String, JsonValue> values,
            Map<String, Migration.Fate> fates,
            List<Fault> faults,
            Set<String> open,
            Set<String> unknown) {

        static Inside of(Migration.Side before, Migration.Side after, Checkpoint at) {
            Set<String> open = new TreeSet<>();
            Inside inside = new Inside(new TreeMap<>(), new TreeMap<>(), new ArrayList<>(), open, new TreeSet<>());
            Control control = Control.of(at.control());
            at.values().members().keySet().forEach(name -> around(name, open));
            at.next().forEach(task -> around(task.node(), open));
            control.arrived().keySet().forEach(node -> around(node, open));
            open.forEach(node -> inside.enter(before, after, at, node));
            at.values().members().forEach((name, value) -> {
                if (name.indexOf('/') >= 0 && !inside.unknown(name)) {
                    inside.take(after, name, value);
                }
            });
            for (String node : control.arrived().keySet()) {
                if (node.indexOf('/') >= 0
                        && !inside.unknown(node)
                        && after.graph().node(node).isEmpty()) {
                    inside.faults.add(fault(
                            "/version",
                            "Paths have come to node '" + CompiledGraph.defined(node) + "', which version "
                                    + after.version() + " does not have."));
                }
            }
            return inside;
        }

        /**
         * The rounds so far. Where the version before did not repeat a node, nobody noted what inside cannot be
         * repeated, nor with what a branch began: it goes on, and does not begin anew.
         */
        Map<String, Control.Round> rounds(Migration.Side before, Control control) {
            Map<String, Control.Round> rounds = new TreeMap<>(control.rounds());
            open.stream()
                    .filter(node -> before.graph()
                            .bound(node)
                            .flatMap(NodeDefinition::retry)
                            .isEmpty())
                    .forEach(node -> rounds.put(node, new Control.Round(1, Optional.empty(), Optional.empty(), true)));
            return rounds;
        }

        /** The nodes that contain a name, outermost first. Where branches meet is no node. */
        private static void around(String name, Set<String> nodes) {
            for (int end = name.indexOf('/'); end >= 0; end = name.indexOf('/', end + 1)) {
                if (!CompiledGraph.isGroup(name.substring(0, end))) {
                    nodes.add(name.substring(0, end));
                }
            }
        }

        boolean unknown(String name) {
            return CompiledGraph.insideAny(name, unknown);
        }

        private void enter(Migration.Side before, Migration.Side after, Checkpoint at, String node) {
            if (unknown(node)) {
                return;
            }
            String type = before.graph().node(node).map(NodeDefinition::type).orElse("");
            Optional<String> now = after.graph().node(node).map(NodeDefinition::type);
            if (now.filter(type::equals).isEmpty() || !after.graph().nested(node)) {
                unknown.add(node);
                faults.add(fault(
                        "/version",
                        "At checkpoint " + at.number() + " the graph in node '" + CompiledGraph.defined(node)
                                + "' is under way, and version "
                                + after.version()
                                + now.map(other -> " has that node with the type '" + other + "', not '" + type + "'.")
                                        .orElse(" does not have that node.")));
                return;
            }
            after.graph().defaults(node).forEach((name, value) -> {
                if (!before.graph().channels().contains(name)) {
                    values.put(name, value);
                    fates.put(CompiledGraph.defined(name), Migration.Fate.DEFAULT);
                }
            });
        }

        private void take(Migration.Side after, String name, JsonValue value) {
            int end = name.lastIndexOf('/');
            Channels channels = after.graph().channels();
            // What is kept of the node itself is no channel inside.
            if (name.startsWith("#", end + 1)) {
                if (value instanceof JsonObject outputs && CompiledGraph.keeps(name)) {
                    unfit(after.graph(), beside(name.substring(0, end), outputs))
                            .ifPresent(problem -> faults.add(fault(
                                    "/version",
                                    "What comes out of node '" + CompiledGraph.defined(name.substring(0, end))
                                            + "' for channel "
                                            + problem.formatted("version " + after.version()))));
                }
                values.put(name, value);
                return;
            }
            Optional<String> problem = channels.contains(name)
                    ? channels.misfit(name, value)
                    : Optional.of("Version " + after.version() + " has no channel '" + name.substring(end + 1)
                            + "' in the graph of node '" + CompiledGraph.defined(name.substring(0, end))
                            + "', and what it holds would be lost.");
            String told = CompiledGraph.defined(name);
            problem.ifPresent(one -> faults.add(fault("/values/" + Fault.escape(told), one.replace(name, told))));
            values.put(name, value);
            fates.put(told, Migration.Fate.KEPT);
        }
    }

    private static List<Fault> faults(
            Migration.Side before, Migration.Side after, Checkpoint at, List<PendingWrite> kept, Set<String> unknown) {
        List<Fault> faults = new ArrayList<>();
        for (NodeTask task : at.next()) {
            if (after.graph().node(task.node()).isEmpty() && !CompiledGraph.insideAny(task.node(), unknown)) {
                faults.add(fault(
                        "/version",
                        "The execution is to go on with node '" + CompiledGraph.defined(task.node())
                                + "', which version " + after.version()
                                + " does not have."));
            } else if (task.input().isPresent()
                    && before.graph().nested(task.node()) != after.graph().nested(task.node())) {
                faults.add(fault(
                        "/version",
                        "The execution is to go on with an item in node '" + CompiledGraph.defined(task.node())
                                + "', which contains a graph in one of both versions only. Name the checkpoint before"
                                + " its dispatch."));
            }
        }
        for (PendingWrite write : kept) {
            Planner.Again.of(write)
                    .map(again -> CompiledGraph.defined(again.node()))
                    .filter(node -> after.graph()
                            .bound(node)
                            .flatMap(NodeDefinition::retry)
                            .isEmpty())
                    .ifPresent(node -> faults.add(fault(
                            "/version",
                            "Node '" + node + "' is to begin anew, and version " + after.version()
                                    + " does not repeat it. Name the checkpoint " + at.number()
                                    + " to run again what is inside.")));
            if (after.graph().node(write.node()).isPresent() && !CompiledGraph.insideAny(write.node(), unknown)) {
                misfit(before, after, write)
                        .ifPresent(problem -> faults.add(fault(
                                "/version",
                                "Node '" + CompiledGraph.defined(write.node()) + "' has finished, and " + problem
                                        + " Name the checkpoint " + at.number() + " to run the node again.")));
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
                .or(() -> onward.flatMap(one -> one instanceof Onward.Kept(JsonObject outputs)
                        ? unfit(graph, beside(node, outputs))
                        : Optional.empty()));
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

    /** Values by the names of channels in the level of a node, by the names outside. */
    private static JsonObject beside(String node, JsonObject values) {
        Map<String, JsonValue> named = new LinkedHashMap<>();
        values.members()
                .forEach((name, value) -> named.put(node.substring(0, node.lastIndexOf('/') + 1) + name, value));
        return new JsonObject(named);
    }

    /** The first value that its channel does not take, with a place for the version. */
    private static Optional<String> unfit(CompiledGraph graph, JsonObject values) {
        return graph.channels().check(values).stream()
                .findFirst()
                .map(problem -> "'"
                        + problem.pointer()
                                .substring(1)
                                .replace("~1", "/")
                                .replace("~0", "~")
                                .replace("%", "%%") + "' does not fit %s: "
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
