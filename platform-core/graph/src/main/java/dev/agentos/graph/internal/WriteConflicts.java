package dev.agentos.graph.internal;

import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.NodeHandler;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.ChannelDefinition;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.NodeDefinition;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Finds two tasks of one superstep that may write to a channel that takes one write: a fault where it is known that
 * both write to it and that they may run together, else a warning.
 */
final class WriteConflicts {

    private final GraphDefinition graph;
    private final CelExpressions expressions;
    private final List<Writer> writers;
    private final Set<String> single;
    private final List<Finding> faults = new ArrayList<>();
    private final List<Finding> warnings = new ArrayList<>();
    private final Set<String> told = new HashSet<>();

    private record Finding(int place, Fault fault) {}

    /**
     * What a node writes of the channels that take one write.
     *
     * @param channels to which it may write
     * @param silent whether it may write to others, too
     */
    private record Writer(Set<String> channels, boolean silent) {}

    /**
     * A search in a graph whose parts are sound.
     *
     * @param handlers of the node types; what has none is taken to write nothing
     * @param single whether only one task of a superstep may write to a channel
     */
    WriteConflicts(
            GraphDefinition graph,
            CelExpressions expressions,
            Function<NodeDefinition, Optional<NodeHandler>> handlers,
            Predicate<ChannelDefinition> single) {
        this.graph = graph;
        this.expressions = expressions;
        this.single = graph.channels().keySet().stream()
                .filter(channel ->
                        single.test(Objects.requireNonNull(graph.channels().get(channel))))
                .collect(Collectors.toSet());
        this.writers = graph.nodes().stream()
                .map(node -> writer(node, handlers.apply(node)))
                .toList();
    }

    private Writer writer(NodeDefinition node, Optional<NodeHandler> handler) {
        if (handler.isEmpty() || single.isEmpty()) {
            return new Writer(Set.of(), false);
        }
        Optional<List<String>> declared = node.rules().writes();
        Set<String> channels = new LinkedHashSet<>(declared.<Set<String>>map(LinkedHashSet::new)
                .orElseGet(() -> SubgraphNode.is(node)
                        ? SubgraphNode.written(node)
                        : handler.get().writes(node)));
        channels.retainAll(single);
        return new Writer(channels, declared.isEmpty() && !handler.get().writesNothingElse());
    }

    /** Looks for them. */
    WriteConflicts search() {
        dispatched();
        BitSet some = new BitSet();
        for (int i = 0; i < writers.size(); i++) {
            some.set(i, !writers.get(i).channels().isEmpty() || writers.get(i).silent());
        }
        if (some.cardinality() > 1) {
            SideBySide paths = new SideBySide(graph, expressions, some);
            List<SideBySide.Pair> pairs = new ArrayList<>(paths.pairs());
            pairs.sort(Comparator.comparing(pair -> !pair.sure()));
            pairs.forEach(this::known);
            pairs.forEach(this::unknown);
            if (paths.gaveUp()) {
                warn(
                        -1,
                        "",
                        "The graph is too wide to be looked at whole for nodes that run in the same superstep and write"
                                + " to one channel; if they do, the execution fails.");
            }
        }
        return this;
    }

    /** Those that are refused, in the order of the document. */
    List<Fault> faults() {
        return ordered(faults);
    }

    /** Those that may come to nothing, in the order of the document. */
    List<Fault> warnings() {
        return ordered(warnings);
    }

    private static List<Fault> ordered(List<Finding> findings) {
        return findings.stream()
                .sorted(Comparator.comparingInt(Finding::place))
                .map(Finding::fault)
                .toList();
    }

    private String id(int place) {
        return graph.nodes().get(place).id();
    }

    private static String pointer(int place) {
        return "/nodes/" + place;
    }

    private void fault(int place, String message) {
        faults.add(new Finding(place, new Fault(pointer(place), GraphErrorCode.INVALID_GRAPH.code(), message)));
    }

    /** A warning has the code with which the execution would fail. */
    private void warn(int place, String pointer, String message) {
        warnings.add(new Finding(place, new Fault(pointer, GraphErrorCode.INVALID_WRITE.code(), message)));
    }

    /** What is dispatched runs beside itself as soon as there are two items. */
    private void dispatched() {
        Map<String, Integer> places = new HashMap<>();
        for (int i = 0; i < graph.nodes().size(); i++) {
            places.put(id(i), i);
        }
        Set<String> targets = new LinkedHashSet<>();
        graph.nodes().forEach(node -> DispatchNode.target(node).ifPresent(targets::add));
        for (String target : targets) {
            int place = Objects.requireNonNull(places.get(target));
            Writer writer = writers.get(place);
            String dispatched = "Node '" + target + "' is dispatched, once for each item, and ";
            writer.channels()
                    .forEach(channel -> fault(
                            place, dispatched + "writes to channel '" + channel + "', whose reducer takes only one."));
            if (writer.silent() && told.add(target)) {
                warn(place, pointer(place), dispatched + "does not say what it writes" + advice());
            }
        }
    }

    private String advice() {
        return ": two writes to " + quoted(single) + " in one superstep fail the execution. Say to what it writes at"
                + " most, as \"writes\": [\"channel\"].";
    }

    private static String quoted(Set<String> channels) {
        return channels.stream().limit(3).map(one -> "'" + one + "'").collect(Collectors.joining(" or "))
                + (channels.size() > 3 ? " or others" : "");
    }

    private static String together(String one, SideBySide.Pair pair, String other) {
        SideBySide.Parting parted = pair.parted();
        return "Node '" + one + "' may run in the same superstep as '" + other + "', since paths part behind '"
                + parted.source() + "' to '" + parted.left() + "' and to '" + parted.right() + "'";
    }

    private void known(SideBySide.Pair pair) {
        for (String channel : writers.get(pair.other()).channels()) {
            if (writers.get(pair.one()).channels().contains(channel) && told.add(channel + " " + pair.other())) {
                String both = together(id(pair.other()), pair, id(pair.one())) + ", and both write to channel '"
                        + channel + "', whose reducer takes only one";
                if (pair.sure()) {
                    fault(pair.other(), both + ".");
                } else {
                    warn(
                            pair.other(),
                            pointer(pair.other()),
                            both + ". Whether they meet depends on what nodes on the way name, contain or wait for; if"
                                    + " they do, the execution fails.");
                }
            }
        }
    }

    private void unknown(SideBySide.Pair pair) {
        unknown(pair, pair.one(), pair.other());
        unknown(pair, pair.other(), pair.one());
    }

    private void unknown(SideBySide.Pair pair, int node, int other) {
        if (writers.get(node).silent() && told.add(id(node))) {
            warn(
                    node,
                    pointer(node),
                    together(id(node), pair, id(other)) + ", and does not say what it writes" + advice());
        }
    }
}
