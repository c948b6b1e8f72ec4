package dev.agentos.graph;

import dev.agentos.graph.internal.Level;
import dev.agentos.graph.internal.Routes;
import dev.agentos.graph.internal.SubgraphNode;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.ChannelDefinition;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
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

/**
 * A graph that was found sound, made ready to be executed; immutable, and shared by all its executions. What its nodes
 * contain is part of it: the nodes and channels inside stand behind the path of the node that contains them. Such a
 * node itself is the entry, and behind it there is {@code path/END}, which runs when all paths inside have ended.
 */
public final class CompiledGraph {

    /** Where the configuration of an execution keeps those of its agents, by their paths. */
    public static final String AGENTS = "agents";

    private final GraphDefinition definition;
    private final Channels channels;
    private final Channels outermost;
    private final Map<String, NodeDefinition> nodes = new LinkedHashMap<>();
    private final Map<String, Routes> routes = new LinkedHashMap<>();
    private final Map<String, Namespace> reads = new HashMap<>();
    private final Map<String, Namespace> writes = new HashMap<>();
    private final Map<String, List<String>> inside = new HashMap<>();
    private final Map<String, JsonObject> defaults = new HashMap<>();
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

    CompiledGraph(Level level) {
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
                        Optional.empty());
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

    /** What a node says of the whole that it contains does not hold for its entry alone. */
    private static NodeDefinition entry(NodeDefinition node, String path, NodeRules rules) {
        return new NodeDefinition(
                path, node.type(), node.config(), node.layout(), Optional.empty(), Optional.empty(), rules);
    }

    /** What was compiled. */
    public GraphDefinition definition() {
        return definition;
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
        return Optional.ofNullable(nodes.get(path));
    }

    /** The level whose channels a node sees. */
    public Namespace seenBy(String node) {
        return Objects.requireNonNull(reads.get(node));
    }

    /** The level to which a node, or {@code START}, writes, and over whose channels its edges choose. */
    public Namespace behind(String node) {
        return Objects.requireNonNull(writes.get(node));
    }

    /** The agents that nodes contain, by the paths of the nodes. */
    public Map<String, AgentUse> agents() {
        return agents;
    }

    /** From where paths must have come before that node runs; empty when it waits for none. */
    public Set<String> joined(String node) {
        return joined.getOrDefault(node, Set.of());
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

    /** The channels, for the runtime. */
    public Channels channels() {
        return channels;
    }

    /** Where a path goes on behind a node or {@code START}, for the runtime; nowhere when there is no such node. */
    public Optional<Routes> routes(String node) {
        return Optional.ofNullable(routes.get(node));
    }

    /** Whether some node contains a graph. */
    public boolean nested() {
        return !defaults.isEmpty();
    }

    /** Whether a node contains a graph. */
    public boolean nested(String node) {
        return defaults.containsKey(node);
    }

    /** The node that runs when all paths in a node have ended. */
    public String end(String node) {
        return node + "/" + GraphDefinition.END;
    }

    /** The nodes that a node is inside of, outermost first; an entry is inside of its own. */
    public List<String> around(String node) {
        return inside.getOrDefault(node, List.of());
    }

    /** Whether a node is inside of another one, is its entry or its end. */
    public static boolean inside(String node, String around) {
        return node.startsWith(around) && (node.length() == around.length() || node.charAt(around.length()) == '/');
    }

    /** The nodes that contain a graph and bound its time or repeat it, by their paths, as they are defined. */
    public Map<String, NodeDefinition> bounds() {
        return bounds;
    }

    /** Those of {@link #bounds} that a node is inside of, innermost first; entries and ends are inside. */
    public List<String> bounded(String node) {
        return bounded.getOrDefault(node, List.of());
    }

    /** The values with which the channels inside of a node begin. */
    JsonObject defaults(String node) {
        return defaults.getOrDefault(node, JsonObject.EMPTY);
    }
}
