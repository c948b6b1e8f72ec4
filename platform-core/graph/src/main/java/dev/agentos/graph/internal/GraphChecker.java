package dev.agentos.graph.internal;

import dev.agentos.graph.Channels;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.NodeHandler;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.ChannelDefinition;
import dev.agentos.spi.EdgeDefinition;
import dev.agentos.spi.Effect;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.NodeDefinition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds all that is wrong with the meaning of one graph. */
final class GraphChecker {

    private static final int MOST_FAULTS = 100;
    private static final Duration LONGEST_ATTEMPT = Duration.ofDays(1);
    private static final Duration LONGEST_EXECUTION = Duration.ofDays(366);
    private static final Duration LONGEST_CACHE = Duration.ofDays(30);
    private static final Pattern ERROR = Pattern.compile("[a-z0-9.-]{1,60}:[A-Z][A-Z0-9_]{0,60}");
    private static final List<String> ERROR_TYPES =
            Stream.of(ErrorType.values()).map(Enum::name).toList();
    private static final Pattern GRAPH_NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
    private static final Pattern NODE_ID = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}");
    private static final List<String> CORE_TYPES = List.of(
            "llm", "tool", "condition", "human", "agent", "subgraph", "dispatch", "transform", "wait", "gate", "code");

    /** What a schema may say of settings beside those that it names. */
    private static final Set<String> SAYS_MORE = Set.of(
            "additionalProperties",
            "patternProperties",
            "unevaluatedProperties",
            "propertyNames",
            "$ref",
            "allOf",
            "anyOf",
            "oneOf",
            "if");

    private final GraphDefinition graph;
    private final Optional<NodeHandlers> handlers;
    private final CelExpressions expressions;
    private final List<Fault> faults = new ArrayList<>();
    private final List<Fault> warnings = new ArrayList<>();
    private final Set<String> nodes = new LinkedHashSet<>();
    private final Set<String> dispatched = new HashSet<>();
    private final Set<String> composite = new HashSet<>();

    /**
     * A check of that graph; without handlers the node types and their settings are taken for granted.
     *
     * @param expressions CEL over the graph's channels
     */
    GraphChecker(GraphDefinition graph, Optional<NodeHandlers> handlers, CelExpressions expressions) {
        this.graph = graph;
        this.handlers = handlers;
        this.expressions = expressions;
        graph.nodes().forEach(node -> nodes.add(node.id()));
        graph.nodes().stream().filter(SubgraphNode::is).forEach(node -> composite.add(node.id()));
    }

    /** The channels over which expressions can be written. */
    static Map<String, ChannelDefinition> sound(GraphDefinition graph) {
        Map<String, ChannelDefinition> sound = new LinkedHashMap<>(graph.channels());
        sound.values().removeIf(channel -> !Channels.TYPES.contains(channel.type()));
        return sound;
    }

    /** Everything that is wrong, in the order of the document; at most {@value #MOST_FAULTS} faults. */
    List<Fault> check() {
        if (!GRAPH_NAME.matcher(graph.metadata().name()).matches()) {
            fault("/metadata/name", "A name is 1 to 63 lower-case letters, digits and hyphens.");
        }
        graph.channels().forEach(this::channel);
        expressions.checkAll(written());
        nodes();
        edges();
        entry();
        limits();
        joins();
        if (faults.isEmpty()) {
            // Paths mean something only when every edge has two ends.
            faults.addAll(new PathChecker(graph).check());
        }
        if (faults.isEmpty() && handlers.isPresent()) {
            WriteConflicts conflicts =
                    new WriteConflicts(graph, expressions, node -> handler(node.type()), this::single).search();
            faults.addAll(conflicts.faults());
            warnings.addAll(conflicts.warnings());
        }
        return faults.size() > MOST_FAULTS ? faults.subList(0, MOST_FAULTS) : faults;
    }

    /** What may go wrong although nothing is known to be; known once {@link #check} is. */
    List<Fault> warnings() {
        return warnings;
    }

    /** The expressions of which a graph may have very many. */
    private List<String> written() {
        List<String> all = new ArrayList<>();
        graph.edges().forEach(edge -> edge.condition().ifPresent(all::add));
        if (handlers.isPresent()) {
            for (NodeDefinition node : graph.nodes()) {
                all.addAll(TransformNode.expressions(node));
                ConditionNode.cases(node.config()).forEach(one -> all.add(one.when()));
            }
        }
        return all;
    }

    /** Looking for the names that were meant takes its time, so nobody looks once enough is wrong. */
    private boolean enough() {
        return faults.size() > MOST_FAULTS;
    }

    private Optional<NodeHandler> handler(String type) {
        BuiltInNode builtIn = BuiltInNode.ALL.get(type);
        return builtIn != null ? Optional.of(builtIn) : handlers.flatMap(known -> known.find(type));
    }

    private void fault(String pointer, String message) {
        faults.add(new Fault(pointer, GraphErrorCode.INVALID_GRAPH.code(), message));
    }

    private void channel(String name, ChannelDefinition channel) {
        String pointer = "/channels/" + Fault.escape(name);
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
            custom(name, channel, pointer);
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

    /** A reducer that is not built in; as with node types, whether it is there is asked before a graph is stored. */
    private void custom(String name, ChannelDefinition channel, String pointer) {
        boolean custom = Channels.isCustom(channel.reducer());
        if (custom && handlers.isEmpty()) {
            return;
        }
        Optional<Channels.Custom> found =
                handlers.filter(known -> custom).flatMap(known -> known.reducer(channel.reducer()));
        if (found.isEmpty()) {
            fault(
                    pointer + "/reducer",
                    "There is no reducer '" + channel.reducer()
                            + (custom ? "': no started plugin offers it" : "'")
                            + "; the reducers are last, ephemeral, append, messages, merge, sum, set.");
            return;
        }
        channel.defaultValue()
                .flatMap(found.get()::problem)
                .ifPresent(problem -> fault(
                        pointer + "/default",
                        "The default of channel '" + name + "' does not fit "
                                + found.get().description() + ": " + problem));
    }

    /** Whether only one task of a superstep may write to a channel. */
    private boolean single(ChannelDefinition channel) {
        return Reducer.named(channel.reducer())
                .map(Reducer::single)
                .orElseGet(() -> handlers.flatMap(known -> known.reducer(channel.reducer()))
                        .filter(found -> !found.orderIndependent())
                        .isPresent());
    }

    private void nodes() {
        if (graph.nodes().isEmpty()) {
            fault("/nodes", "A graph has at least one node.");
        }
        Map<String, Integer> first = new HashMap<>();
        Set<String> sources = new HashSet<>();
        graph.edges().forEach(edge -> sources.add(edge.source()));
        for (int i = 0; i < graph.nodes().size() && !enough(); i++) {
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
            boolean whole = composite.contains(node.id());
            node.timeout()
                    .filter(timeout -> outside(timeout, whole ? LONGEST_EXECUTION : LONGEST_ATTEMPT))
                    .ifPresent(timeout -> fault(
                            pointer + "/timeout",
                            "A timeout is more than zero, at most " + (whole ? "366 days." : "24 hours.")));
            handlers.ifPresent(known -> type(node, pointer, known));
            rules(node, pointer);
            if (node.type().equals(ConditionNode.TYPE)) {
                condition(node, pointer, sources);
            }
            DispatchNode.target(node).ifPresent(target -> dispatch(node.id(), target, settings(node, pointer)));
        }
    }

    /** The setting that names a channel to which a node writes. */
    private static String setting(NodeDefinition node, String channel) {
        return Stream.of("output", "messages")
                .filter(name -> node.config().text(name).filter(channel::equals).isPresent())
                .findFirst()
                .map(name -> "/config/" + name)
                .orElse("/config");
    }

    static String settings(NodeDefinition node, String pointer) {
        return pointer + (node.layout().nested() ? "/data/config" : "/config");
    }

    private void dispatch(String node, String target, String config) {
        // One that was stored before this was refused is left to the limit of tasks.
        if (target.equals(node) && handlers.isPresent()) {
            fault(
                    config + "/node",
                    "Node '" + node + "' dispatches itself, so that each item would dispatch the whole list again;"
                            + " name the node that works on an item.");
        } else if (target.equals(GraphDefinition.END)) {
            fault(config + "/node", "What is dispatched is a node, not END.");
        } else {
            target(target, config + "/node");
        }
        dispatched.add(target);
    }

    private void rules(NodeDefinition node, String pointer) {
        node.rules().cache().ifPresent(cache -> {
            if (outside(cache.ttl(), LONGEST_CACHE)) {
                fault(pointer + "/cache/ttl", "A result is kept for more than zero, at most 30 days.");
            }
            cache.key().flatMap(expressions::check).ifPresent(problem -> fault(pointer + "/cache/key", problem));
            boolean effect = handlers.isPresent()
                    && handler(node.type())
                            .filter(one -> one.effect(node) != Effect.PURE)
                            .isPresent();
            boolean cheap = BuiltInNode.ALL.containsKey(node.type()) && !composite.contains(node.id());
            if (effect || cheap) {
                fault(
                        pointer + "/cache",
                        "Node '" + node.id() + "' has an effect, or is too cheap to keep its result.");
            }
        });
        node.rules().writes().ifPresent(channels -> writes(node, channels, pointer + "/writes"));
        node.retry().ifPresent(retry -> {
            for (int i = 0; i < retry.errors().size(); i++) {
                String error = retry.errors().get(i);
                if (!ERROR.matcher(error).matches() && !ERROR_TYPES.contains(error)) {
                    fault(
                            pointer + "/retry/errors/" + i,
                            "'" + error + "' is neither an error's code, as graph:NODE_TIMEOUT, nor one of the types "
                                    + String.join(", ", ERROR_TYPES) + ".");
                }
            }
        });
    }

    private void writes(NodeDefinition node, List<String> channels, String pointer) {
        for (int i = 0; i < channels.size(); i++) {
            String place = pointer + "/" + i;
            BuiltInNode.noChannel(channels.get(i), graph.channels().keySet())
                    .ifPresent(problem -> fault(place, problem));
        }
        if (composite.contains(node.id())) {
            fault(
                    pointer,
                    "Node '" + node.id() + "' contains a graph; its 'output' and 'messages' say what it writes.");
        } else if (handlers.isPresent()) {
            handler(node.type()).map(one -> one.writes(node)).orElse(Set.of()).stream()
                    .filter(channel -> !channels.contains(channel))
                    .forEach(channel -> fault(
                            pointer,
                            "Node '" + node.id() + "' writes to channel '" + channel
                                    + "' by its settings, and does not say so here."));
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
            List<Fault> wrong =
                    builtIn.check(node, expressions, graph.channels().keySet());
            found = wrong.isEmpty() ? TransformNode.unfit(node, expressions, graph.channels()) : wrong;
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
            found = settings(node, handler.get(), pointer);
            handler.get()
                    .writes(node)
                    .forEach(channel -> BuiltInNode.noChannel(
                                    channel, graph.channels().keySet())
                            .ifPresent(problem -> found.add(BuiltInNode.fault(setting(node, channel), problem))));
        }
        String settings = node.layout().nested() ? pointer + "/data" : pointer;
        found.forEach(one -> faults.add(new Fault(
                (one.pointer().startsWith("/config") ? settings : pointer) + one.pointer(),
                one.code(),
                "Node '" + node.id() + "': " + one.message())));
    }

    /**
     * What is wrong with the settings of a node that is not built in. Those that its schema does not name are told one
     * by one: a fault where the schema takes no others, a warning where it says nothing of others.
     */
    private List<Fault> settings(NodeDefinition node, NodeHandler handler, String pointer) {
        List<Fault> found = new ArrayList<>(handler.check(node, expressions));
        JsonObject schema = handler.settings();
        Set<String> known =
                schema.object("properties").orElse(JsonObject.EMPTY).members().keySet();
        boolean closed = schema.member("additionalProperties").equals(Optional.of(JsonBoolean.FALSE));
        boolean silent = !known.isEmpty() && SAYS_MORE.stream().noneMatch(schema.members()::containsKey);
        if (!closed && !silent) {
            return found;
        }
        found.removeIf(
                one -> closed && one.pointer().equals("/config") && one.code().endsWith("additionalProperties"));
        for (String name : node.config().members().keySet()) {
            if (!known.contains(name) && !schema.members().containsKey("patternProperties")) {
                String message =
                        "There is no setting '" + name + "' of the type '" + node.type() + "'" + Names.end(name, known);
                Fault fault = new Fault("/config/" + Fault.escape(name), KernelErrorCode.UNKNOWN_FIELD.code(), message);
                if (closed) {
                    found.add(fault);
                } else {
                    warnings.add(new Fault(
                            settings(node, pointer) + "/" + Fault.escape(name),
                            fault.code(),
                            "Node '" + node.id() + "': " + message));
                }
            }
        }
        return found;
    }

    private void condition(NodeDefinition node, String pointer, Set<String> sources) {
        String config = settings(node, pointer);
        JsonArray cases = node.config().array("cases").orElse(JsonArray.EMPTY);
        for (int i = 0; i < cases.size(); i++) {
            if (cases.items().get(i) instanceof JsonObject one
                    && one.members().get("goto") instanceof JsonString(String target)) {
                target(target, config + "/cases/" + i + "/goto");
            }
        }
        node.config().text("default").ifPresent(target -> target(target, config + "/default"));
        if (cases.size() == 0 && node.config().text("default").isEmpty() && !sources.contains(node.id())) {
            fault(config, "The condition '" + node.id() + "' has neither cases nor edges to choose from.");
        }
    }

    private void target(String target, String pointer) {
        if (target.equals(GraphDefinition.START)) {
            fault(pointer, "No way leads to START.");
        } else if (!target.equals(GraphDefinition.END) && !nodes.contains(target)) {
            fault(pointer, "There is no node '" + target + "'" + Names.end(target, nodes));
        }
    }

    private void edges() {
        for (int i = 0; i < graph.edges().size() && !enough(); i++) {
            EdgeDefinition edge = graph.edges().get(i);
            String pointer = "/edges/" + i;
            if (edge.source().equals(GraphDefinition.END)) {
                fault(pointer + "/source", "No edge leaves END.");
            } else if (!edge.source().equals(GraphDefinition.START) && !nodes.contains(edge.source())) {
                fault(
                        pointer + "/source",
                        "There is no node '" + edge.source() + "'" + Names.end(edge.source(), nodes));
            }
            target(edge.target(), pointer + "/target");
            if (edge.onGoto() && (edge.condition().isPresent() || edge.source().equals(GraphDefinition.START))) {
                fault(pointer + "/goto", "An edge that a node takes by name leaves a node and has no condition.");
            }
            if (edge.onGoto() && composite.contains(edge.source())) {
                fault(pointer + "/goto", "Node '" + edge.source() + "' contains a graph and takes no edge by name.");
            }
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
                fault("/entry", "There is no node '" + entry + "'" + Names.end(entry, nodes));
            }
        } else if (!fromStart && !graph.nodes().isEmpty()) {
            fault("/entry", "Nothing says where to begin: name the first node as 'entry', or draw an edge from START.");
        }
    }

    private void joins() {
        for (int i = 0; i < graph.nodes().size() && !dispatched.isEmpty(); i++) {
            NodeDefinition node = graph.nodes().get(i);
            if (node.rules().joinsAll() && dispatched.contains(node.id())) {
                fault(
                        "/nodes/" + i + "/join",
                        "Node '" + node.id() + "' is dispatched, so it cannot wait for paths; let the node behind it.");
            }
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
}
