package dev.agentos.graph.internal;

import dev.agentos.graph.Channels;
import dev.agentos.graph.Expressions;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.NodeHandler;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.ChannelDefinition;
import dev.agentos.spi.EdgeDefinition;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.NodeDefinition;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Finds all that is wrong with the meaning of one graph. */
public final class GraphChecker {

    private static final int MOST_FAULTS = 100;
    private static final Duration LONGEST_ATTEMPT = Duration.ofDays(1);
    private static final Duration LONGEST_EXECUTION = Duration.ofDays(366);
    private static final Pattern GRAPH_NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
    private static final Pattern NODE_ID = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}");
    private static final List<String> CORE_TYPES = List.of(
            "llm", "tool", "condition", "human", "agent", "subgraph", "dispatch", "transform", "wait", "gate", "code");

    private final GraphDefinition graph;
    private final Optional<NodeHandlers> handlers;
    private final Expressions expressions;
    private final List<Fault> faults = new ArrayList<>();
    private final Set<String> nodes = new LinkedHashSet<>();

    /** A check of that graph; without handlers the node types and their settings are taken for granted. */
    public GraphChecker(GraphDefinition graph, Optional<NodeHandlers> handlers) {
        this.graph = graph;
        this.handlers = handlers;
        Map<String, ChannelDefinition> sound = new LinkedHashMap<>(graph.channels());
        sound.values().removeIf(channel -> !Channels.TYPES.contains(channel.type()));
        this.expressions = new CelExpressions(sound);
        graph.nodes().forEach(node -> nodes.add(node.id()));
    }

    /** Everything that is wrong, in the order of the document; at most {@value #MOST_FAULTS} faults. */
    public List<Fault> check() {
        if (!GRAPH_NAME.matcher(graph.metadata().name()).matches()) {
            fault("/metadata/name", "A name is 1 to 63 lower-case letters, digits and hyphens.");
        }
        graph.channels().forEach(this::channel);
        nodes();
        edges();
        entry();
        limits();
        if (faults.isEmpty()) {
            // Paths mean something only when every edge has two ends.
            paths();
        }
        return faults.size() > MOST_FAULTS ? faults.subList(0, MOST_FAULTS) : faults;
    }

    private void fault(String pointer, String message) {
        faults.add(new Fault(pointer, GraphErrorCode.INVALID_GRAPH.code(), message));
    }

    private void channel(String name, ChannelDefinition channel) {
        String pointer = "/channels/" + Channels.escape(name);
        if (!CelExpressions.validName(name)) {
            fault(
                    pointer,
                    "The channel name '" + name + "' is reserved, or is not a letter followed by at most 62 letters,"
                            + " digits and underscores.");
        }
        boolean knownType = Channels.TYPES.contains(channel.type());
        if (!knownType) {
            fault(
                    pointer + "/type",
                    "There is no channel type '" + channel.type() + "'; the types are "
                            + String.join(", ", Channels.TYPES) + ".");
        }
        Optional<Reducer> reducer = Reducer.named(channel.reducer());
        if (reducer.isEmpty()) {
            fault(
                    pointer + "/reducer",
                    "There is no reducer '" + channel.reducer()
                            + "'; the reducers are last, append, messages, merge, sum, set.");
        } else if (knownType && !reducer.get().fits(channel.type())) {
            fault(
                    pointer + "/reducer",
                    "The reducer '" + channel.reducer() + "' does not fit the type '" + channel.type() + "'.");
        }
        channel.defaultValue().ifPresent(value -> {
            if (knownType && !Channels.accepts(channel.type(), value)) {
                fault(
                        pointer + "/default",
                        "The default of channel '" + name + "' is " + Channels.kind(value) + ", not of its type '"
                                + channel.type() + "'.");
            }
        });
    }

    private void nodes() {
        if (graph.nodes().isEmpty()) {
            fault("/nodes", "A graph has at least one node.");
        }
        Map<String, Integer> first = new HashMap<>();
        for (int i = 0; i < graph.nodes().size(); i++) {
            NodeDefinition node = graph.nodes().get(i);
            String pointer = "/nodes/" + i;
            if (reserved(node.id())) {
                fault(pointer + "/id", "The id '" + node.id() + "' is reserved.");
            } else if (!NODE_ID.matcher(node.id()).matches()) {
                fault(
                        pointer + "/id",
                        "The node id '" + node.id()
                                + "' is not 1 to 100 letters, digits, underscores, dots and hyphens.");
            }
            Integer other = first.putIfAbsent(node.id(), i);
            if (other != null) {
                fault(pointer + "/id", "The id '" + node.id() + "' is already that of /nodes/" + other + ".");
            }
            node.timeout()
                    .filter(timeout -> outside(timeout, LONGEST_ATTEMPT))
                    .ifPresent(
                            timeout -> fault(pointer + "/timeout", "A timeout is more than zero, at most 24 hours."));
            handlers.ifPresent(known -> type(node, pointer, known));
            if (node.type().equals(ConditionNode.TYPE)) {
                condition(node, pointer);
            }
        }
    }

    private static boolean reserved(String id) {
        return id.equals(GraphDefinition.START) || id.equals(GraphDefinition.END);
    }

    private static boolean outside(Duration duration, Duration longest) {
        return duration.isNegative() || duration.isZero() || duration.compareTo(longest) > 0;
    }

    private void type(NodeDefinition node, String pointer, NodeHandlers known) {
        BuiltInNode builtIn = BuiltInNode.ALL.get(node.type());
        List<Fault> found;
        if (builtIn != null) {
            found = builtIn.check(node, expressions, graph.channels().keySet());
        } else {
            Optional<NodeHandler> handler = known.find(node.type());
            if (handler.isEmpty()) {
                List<String> there = CORE_TYPES.stream()
                        .filter(type -> BuiltInNode.ALL.containsKey(type)
                                || known.find(type).isPresent())
                        .toList();
                String near = Names.near(node.type(), there);
                fault(
                        pointer + "/type",
                        "Node '" + node.id() + "' is of the type '" + node.type() + "', which no one offers"
                                + (near.isEmpty() ? "; the core types are " + String.join(", ", there) + "." : near));
                return;
            }
            found = handler.get().check(node, expressions);
        }
        String settings = node.layout().nested() ? pointer + "/data" : pointer;
        found.forEach(one -> faults.add(new Fault(
                (one.pointer().startsWith("/config") ? settings : pointer) + one.pointer(),
                one.code(),
                "Node '" + node.id() + "': " + one.message())));
    }

    private void condition(NodeDefinition node, String pointer) {
        String config = pointer + (node.layout().nested() ? "/data/config" : "/config");
        JsonArray cases = node.config().array("cases").orElse(JsonArray.EMPTY);
        for (int i = 0; i < cases.size(); i++) {
            if (cases.items().get(i) instanceof JsonObject one
                    && one.members().get("goto") instanceof JsonString(String target)) {
                target(target, config + "/cases/" + i + "/goto");
            }
        }
        node.config().text("default").ifPresent(target -> target(target, config + "/default"));
        boolean leads = graph.edges().stream().anyMatch(edge -> edge.source().equals(node.id()));
        if (cases.size() == 0 && node.config().text("default").isEmpty() && !leads) {
            fault(config, "The condition '" + node.id() + "' has neither cases nor edges to choose from.");
        }
    }

    private void target(String target, String pointer) {
        if (target.equals(GraphDefinition.START)) {
            fault(pointer, "No way leads to START.");
        } else if (!target.equals(GraphDefinition.END) && !nodes.contains(target)) {
            fault(pointer, "There is no node '" + target + "'" + Names.near(target, nodes) + ".");
        }
    }

    private void edges() {
        for (int i = 0; i < graph.edges().size(); i++) {
            EdgeDefinition edge = graph.edges().get(i);
            String pointer = "/edges/" + i;
            if (edge.source().equals(GraphDefinition.END)) {
                fault(pointer + "/source", "No edge leaves END.");
            } else if (!edge.source().equals(GraphDefinition.START) && !nodes.contains(edge.source())) {
                fault(
                        pointer + "/source",
                        "There is no node '" + edge.source() + "'" + Names.near(edge.source(), nodes) + ".");
            }
            target(edge.target(), pointer + "/target");
            edge.condition()
                    .flatMap(expressions::checkCondition)
                    .ifPresent(problem -> fault(pointer + "/condition", problem));
        }
    }

    private void entry() {
        boolean fromStart =
                graph.edges().stream().anyMatch(edge -> edge.source().equals(GraphDefinition.START));
        if (graph.entry().isPresent()) {
            String entry = graph.entry().get();
            if (fromStart) {
                fault("/entry", "The first node is named by 'entry' or by edges that leave START, not by both.");
            }
            if (!nodes.contains(entry)) {
                fault("/entry", "There is no node '" + entry + "'" + Names.near(entry, nodes) + ".");
            }
        } else if (!fromStart && !graph.nodes().isEmpty()) {
            fault("/entry", "Nothing says where to begin: name the first node as 'entry', or draw an edge from START.");
        }
    }

    private void limits() {
        graph.limits().ifPresent(limits -> {
            limits.maxSupersteps()
                    .filter(most -> most < 1 || most > 100_000)
                    .ifPresent(most -> fault("/limits/maxSupersteps", "The limit is 1 to 100,000 supersteps."));
            limits.timeout()
                    .filter(timeout -> outside(timeout, LONGEST_EXECUTION))
                    .ifPresent(timeout -> fault("/limits/timeout", "The limit is more than zero, at most 366 days."));
        });
    }

    private void paths() {
        Map<String, Routes> routes = Routes.of(graph);
        Map<String, Set<String>> forward = new HashMap<>();
        Map<String, Set<String>> backward = new HashMap<>();
        routes.forEach((node, ways) -> {
            Set<String> targets = ways.none() ? Set.of(GraphDefinition.END) : ways.possible();
            forward.put(node, targets);
            targets.forEach(target ->
                    backward.computeIfAbsent(target, any -> new HashSet<>()).add(node));
        });
        Set<String> reached = closure(GraphDefinition.START, forward);
        Set<String> ending = closure(GraphDefinition.END, backward);
        for (int i = 0; i < graph.nodes().size(); i++) {
            String id = graph.nodes().get(i).id();
            if (!reached.contains(id)) {
                fault("/nodes/" + i, "Node '" + id + "' is never reached from START.");
            } else if (!ending.contains(id)) {
                fault(
                        "/nodes/" + i,
                        "Node '" + id + "' is in a cycle that no edge leaves: no path leads from it to END.");
            }
        }
    }

    private static Set<String> closure(String start, Map<String, Set<String>> ways) {
        Set<String> seen = new HashSet<>(Set.of(start));
        Deque<String> open = new ArrayDeque<>(seen);
        while (!open.isEmpty()) {
            for (String next : ways.getOrDefault(open.poll(), Set.of())) {
                if (seen.add(next)) {
                    open.add(next);
                }
            }
        }
        return seen;
    }
}
