package dev.agentos.graph;

import dev.agentos.graph.internal.Branches;
import dev.agentos.graph.internal.BuiltInNode;
import dev.agentos.graph.internal.Level;
import dev.agentos.graph.internal.Routes;
import dev.agentos.graph.internal.SubgraphNode;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChannelDefinition;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.NodeRules;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A graph that was found sound, made ready to be executed; immutable, and shared by all its executions. What its nodes
 * contain is part of it: the nodes and channels inside stand behind the path of the node that contains them. Such a
 * node itself is the entry, and behind it there is {@code path/END}, which runs when all paths inside have ended. Where
 * such a node is dispatched, each item has a branch with a path of its own, as in {@code review#4.00017/ask}; every
 * method takes such names, too.
 */
public final class CompiledGraph {

    /** Where the configuration of an execution keeps those of its agents, by their paths. */
    public static final String AGENTS = "agents";

    private final GraphDefinition definition;
    private final List<Fault> warnings;
    private final Channels channels;
    private final Channels outermost;
    private final Map<String, NodeDefinition> nodes = new LinkedHashMap<>();
    private final Map<String, Routes> routes = new LinkedHashMap<>();
    private final Map<String, Namespace> reads = new HashMap<>();
    private final Map<String, Namespace> writes = new HashMap<>();
    private final Map<String, List<String>> inside = new HashMap<>();
    private final Map<String, JsonObject> defaults = new HashMap<>();
    private final Map<String, String> contents = new HashMap<>();
    private final Map<String, AgentUse> agents = new LinkedHashMap<>();
    private final Map<String, Set<String>> joined = new HashMap<>();
    private final Map<String, NodeDefinition> bounds = new LinkedHashMap<>();
    private final Map<String, List<String>> bounded = new HashMap<>();
    private final Pauses pauses;

    /**
     * An agent that a node contains.
     *
     * @param agent its id
     * @param configuration what the node sets for it
     */
    public record AgentUse(String agent, JsonObject configuration) {}

    CompiledGraph(Level level, List<Fault> warnings) {
        this.warnings = warnings;
        this.definition = level.definition();
        this.outermost = new Channels(definition.channels());
        Map<String, ChannelDefinition> all = new LinkedHashMap<>(definition.channels());
        Namespace space = namespace(level, level.inner().isEmpty());
        routes.put(GraphDefinition.START, start(level));
        writes.put(GraphDefinition.START, space);
        add(level, space, List.of(), all);
        this.channels = level.inner().isEmpty() ? outermost : new Channels(all);
        this.pauses = Pauses.of(nodes.values());
        if (!bounds.isEmpty()) {
            nodes.keySet()
                    .forEach(node -> bounded.put(
                            node,
                            bounds.keySet().stream()
                                    .filter(one -> inside(node, one))
                                    .sorted(Comparator.comparingInt(String::length)
                                            .reversed())
                                    .toList()));
        }
        nodes.values().stream()
                .filter(node -> node.rules().joinsAll())
                .forEach(node -> joined.put(node.id(), new TreeSet<>()));
        if (!joined.isEmpty()) {
            routes.forEach((source, ways) -> ways.possible().stream()
                    .map(joined::get)
                    .filter(Objects::nonNull)
                    .forEach(sources -> sources.add(source)));
        }
    }

    private static Namespace namespace(Level level, boolean whole) {
        return new Namespace(
                level.prefix(), level.definition().channels().keySet(), level.expressions(), level.agent(), whole);
    }

    private static Routes start(Level level) {
        return Objects.requireNonNull(Routes.of(level.definition()).get(GraphDefinition.START))
                .within(level.prefix());
    }

    private void add(Level level, Namespace space, List<String> around, Map<String, ChannelDefinition> all) {
        Map<String, Routes> ways = Routes.of(level.definition());
        for (NodeDefinition node : level.definition().nodes()) {
            String path = level.prefix() + node.id();
            Routes onward = Objects.requireNonNull(ways.get(node.id())).within(level.prefix());
            Level inner = level.inner().get(node.id());
            if (inner == null) {
                add(renamed(node, path, node.rules()), space, space, onward, around);
            } else {
                Namespace within = namespace(inner, false);
                List<String> deeper = new ArrayList<>(around);
                deeper.add(path);
                NodeRules rules = new NodeRules(
                        node.rules().joinsAll(),
                        node.rules().pause().filter(NodeRules.Pause.BEFORE::equals),
                        node.rules().cache());
                node.rules().cache().ifPresent(any -> contents.put(path, inner.digest()));
                if (node.retry().isPresent() || node.timeout().isPresent()) {
                    bounds.put(path, node);
                }
                add(entry(node, path, rules), space, within, start(inner), List.copyOf(deeper));
                add(Level.end(node, path), within, space, onward, around);
                SubgraphNode.agent(node)
                        .ifPresent(agent -> agents.put(path, new AgentUse(agent, SubgraphNode.configuration(node))));
                Map<String, ChannelDefinition> own = new LinkedHashMap<>();
                inner.definition().channels().forEach((name, channel) -> {
                    own.put(inner.prefix() + name, channel);
                    all.put(
                            inner.prefix() + name,
                            new ChannelDefinition(channel.type(), channel.reducer(), Optional.empty()));
                });
                defaults.put(path, new Channels(own).defaults());
                add(inner, within, List.copyOf(deeper), all);
            }
        }
    }

    private void add(NodeDefinition node, Namespace seen, Namespace written, Routes ways, List<String> around) {
        nodes.put(node.id(), node);
        reads.put(node.id(), seen);
        writes.put(node.id(), written);
        routes.put(node.id(), ways);
        inside.put(node.id(), around);
    }

    private static NodeDefinition renamed(NodeDefinition node, String path, NodeRules rules) {
        return node.id().equals(path) && node.rules().equals(rules)
                ? node
                : new NodeDefinition(
                        path, node.type(), node.config(), node.layout(), node.retry(), node.timeout(), rules);
    }

    /** How a node bounds or repeats the whole that it contains does not hold for its entry alone. */
    private static NodeDefinition entry(NodeDefinition node, String path, NodeRules rules) {
        return new NodeDefinition(
                path, node.type(), node.config(), node.layout(), Optional.empty(), Optional.empty(), rules);
    }

    /** What was compiled. */
    public GraphDefinition definition() {
        return definition;
    }

    /** What may go wrong although nothing is known to be, with pointers; nothing of what was found sound before. */
    public List<Fault> warnings() {
        return warnings;
    }

    /** CEL over the outermost channels; what was compiled once is kept. */
    public Expressions expressions() {
        return behind(GraphDefinition.START).expressions();
    }

    /** Every node, those inside of others included. */
    public Collection<NodeDefinition> nodes() {
        return nodes.values();
    }

    /** The node of that path. */
    public Optional<NodeDefinition> node(String path) {
        NodeDefinition defined = nodes.get(Branches.defined(path));
        return Optional.ofNullable(defined).map(node -> renamed(node, path, node.rules()));
    }

    /** The name that a node or a channel has in the definition, whatever branch it is in. */
    public static String defined(String path) {
        return Branches.defined(path);
    }

    /** Whether that is only where the branches of a dispatch meet. */
    public static boolean isGroup(String path) {
        return Branches.is(path) && path.indexOf('.', path.lastIndexOf('#')) < 0;
    }

    /** The level whose channels a node sees. */
    public Namespace seenBy(String node) {
        return Objects.requireNonNull(reads.get(Branches.defined(node))).in(node);
    }

    /** The level to which a node, or {@code START}, writes, and over whose channels its edges choose. */
    public Namespace behind(String node) {
        return Objects.requireNonNull(writes.get(Branches.defined(node))).in(node);
    }

    /** The agents that nodes contain, by the paths of the nodes. */
    public Map<String, AgentUse> agents() {
        return agents;
    }

    /** From where paths must have come before that node runs; empty when it waits for none. */
    public Set<String> joined(String node) {
        Set<String> sources = joined.getOrDefault(Branches.defined(node), Set.of());
        return sources.isEmpty() ? sources : beside(node, sources);
    }

    /** Where every execution waits for a person. */
    public Pauses pauses() {
        return pauses;
    }

    /** Where one execution waits for a person; after a node that contains a graph is after its end. */
    public Pauses pauses(Pauses requested) {
        Set<String> after = new HashSet<>();
        requested.after().forEach(node -> after.add(nested(node) ? end(node) : node));
        return pauses.and(new Pauses(requested.before(), after));
    }

    /** What is wrong with the input of an execution, with pointers to it. */
    public List<Fault> checkInput(JsonObject input) {
        return outermost.check(input);
    }

    /** What keeps an answer from being written by the node that asked, as far as that is known before it runs. */
    public Optional<String> checkAnswer(Interrupt interrupt, JsonValue answer) {
        return node(interrupt.node())
                .map(node -> BuiltInNode.answered(node, answer))
                .filter(values -> !values.isEmpty())
                .map(values -> behind(interrupt.node()).outside(new NodeHandler.Result.Writes(values)))
                .flatMap(writes -> channels.check(writes.values()).stream()
                        .map(fault -> "The answer goes to the channel '"
                                + writes.values().members().keySet().iterator().next() + "' and cannot be written: "
                                + fault.message())
                        .findFirst());
    }

    /** The channels, for the runtime. */
    public Channels channels() {
        return channels;
    }

    /** Where a path goes on behind a node or {@code START} that is there. */
    private Routes routes(String node) {
        return Objects.requireNonNull(routes.get(Branches.defined(node)));
    }

    /**
     * Where a path goes on behind a node or {@code START}, {@code END} included; empty when no edge leaves.
     *
     * @param values of all channels
     * @throws AgentOsException {@code graph:NO_EDGE_TAKEN} when edges leave, and none is taken
     */
    public Set<String> taken(String source, JsonObject values) {
        Routes ways = routes(source);
        Namespace space = behind(source);
        Set<String> taken = ways.taken(space.expressions(), space.view(values));
        if (taken.isEmpty() && !ways.none()) {
            throw new AgentOsException(
                    GraphErrorCode.NO_EDGE_TAKEN,
                    "No condition of the edges that leave '" + source + "' holds.",
                    "Add an edge that is taken otherwise, to END if the path is to end.");
        }
        return beside(source, taken);
    }

    /** Every node to which a path may lead from a node, {@code END} included. */
    public Set<String> possible(String source) {
        return beside(source, routes(source).possible());
    }

    private static Set<String> beside(String path, Set<String> defined) {
        return path.equals(Branches.defined(path))
                ? defined
                : defined.stream().map(one -> Branches.beside(path, one)).collect(Collectors.toSet());
    }

    /** Whether some node contains a graph. */
    public boolean nested() {
        return !defaults.isEmpty();
    }

    /** Whether a node contains a graph. */
    public boolean nested(String node) {
        return defaults.containsKey(Branches.defined(node));
    }

    /** The node that runs when all paths in a node have ended. */
    public String end(String node) {
        return Branches.end(node);
    }

    /** The nodes that a node is inside of, outermost first; an entry is inside of its own. */
    public List<String> around(String node) {
        return first(node, inside);
    }

    /** Whether a node is inside of another one, is its entry or its end. */
    public static boolean inside(String node, String around) {
        return node.startsWith(around) && (node.length() == around.length() || node.charAt(around.length()) == '/');
    }

    /** Whether a node is inside of one of some, is its entry or its end. */
    public static boolean insideAny(String node, Collection<String> some) {
        return Branches.within(node, some);
    }

    /** Whether some node contains a graph and bounds its time or repeats it. */
    public boolean bounds() {
        return !bounds.isEmpty();
    }

    /** A node that contains a graph and bounds its time or repeats it, as it is defined. */
    public Optional<NodeDefinition> bound(String node) {
        return Optional.ofNullable(bounds.get(Branches.defined(node)));
    }

    /**
     * Those that {@link #bound} finds around a node, innermost first; entries and ends are inside. A branch that has
     * come to its end is not bounded any more.
     */
    public List<String> bounded(String node) {
        List<String> around = first(node, bounded);
        return around.isEmpty() || Branches.ended(node).equals(node)
                ? around
                : around.stream().filter(one -> !node.equals(end(one))).toList();
    }

    /** A digest of what a node contains whose result may be used again: the same name may stand for other versions. */
    public Optional<String> contents(String node) {
        return Optional.ofNullable(contents.get(Branches.defined(node)));
    }

    /** The node that contains the graph whose end that is; empty when it is none. */
    public static Optional<String> whole(String node) {
        return Branches.isEnd(node) ? Optional.of(Branches.whole(node)) : Optional.empty();
    }

    /**
     * What an end writes without a look at the channels inside, because nothing inside was run.
     *
     * @param values of all channels
     */
    public static Optional<JsonObject> kept(String end, JsonObject values) {
        return whole(end).flatMap(node -> values.object(Branches.kept(node)));
    }

    /** Whether that is the name under which is kept what an end writes without a look at the channels inside. */
    public static boolean keeps(String name) {
        return Branches.isKept(name);
    }

    /** The values with which the channels inside of a node begin. */
    public Map<String, JsonValue> defaults(String node) {
        Map<String, JsonValue> defined =
                Objects.requireNonNull(defaults.get(Branches.defined(node))).members();
        if (node.equals(Branches.defined(node))) {
            return defined;
        }
        Map<String, JsonValue> renamed = new LinkedHashMap<>();
        defined.forEach((name, value) -> renamed.put(Branches.beside(node, name), value));
        return renamed;
    }

    /** Paths around a node, in the branches in which it is. */
    private static List<String> first(String node, Map<String, List<String>> paths) {
        String defined = Branches.defined(node);
        List<String> around = paths.getOrDefault(defined, List.of());
        return around.isEmpty() || defined.equals(node)
                ? around
                : around.stream().map(one -> Branches.first(node, one)).toList();
    }
}
