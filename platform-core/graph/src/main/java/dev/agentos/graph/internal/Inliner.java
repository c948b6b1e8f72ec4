package dev.agentos.graph.internal;

import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.graph.Subgraphs;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.ChannelDefinition;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.NodeDefinition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Puts together a graph and what its nodes contain, and finds what is wrong on the way. Each level is checked as a
 * graph of its own; what was found sound when it was stored is not checked again.
 */
public final class Inliner {

    private static final int MOST_FAULTS = 100;
    private static final int MOST_LEVELS = 16;
    private static final int MOST_NODES = 10_000;
    private static final int MOST_EDGES = 50_000;
    private static final int MOST_CHANNELS = 10_000;

    private final Optional<NodeHandlers> handlers;
    private final List<Fault> faults = new ArrayList<>();
    private final List<Fault> warnings = new ArrayList<>();
    private final Map<Map<String, ChannelDefinition>, CelExpressions> expressions = new HashMap<>();
    private long nodes;
    private long edges;
    private long channels;
    private boolean large;

    /** Puts graphs together; without handlers they are all taken to be sound. */
    public Inliner(Optional<NodeHandlers> handlers) {
        this.handlers = handlers;
    }

    /**
     * Where a level is.
     *
     * @param prefix the path of the node that contains it and a slash
     * @param own the same within the document that the subgraphs are found for
     * @param names of the graphs that it is in, and its own
     * @param agent the path of the innermost agent that it is in
     * @param subgraphs finds what its nodes contain
     * @param pointer where it stands in the document that is checked, or the place that brings it there
     * @param stands whether it stands there itself
     * @param sound whether it was checked before
     */
    private record Site(
            String prefix,
            String own,
            List<String> names,
            Optional<String> agent,
            Subgraphs subgraphs,
            String pointer,
            boolean stands,
            boolean sound) {

        int depth() {
            return (int) prefix.chars().filter(c -> c == '/').count();
        }
    }

    /** Everything that is wrong, in the order of the document; at most {@value #MOST_FAULTS} faults. */
    public List<Fault> faults() {
        return first(faults);
    }

    /** What may go wrong although nothing is known to be; at most {@value #MOST_FAULTS}. */
    public List<Fault> warnings() {
        return first(warnings);
    }

    private static List<Fault> first(List<Fault> all) {
        return List.copyOf(all.size() > MOST_FAULTS ? all.subList(0, MOST_FAULTS) : all);
    }

    /** What is wrong with a graph whatever its nodes are of and contain. */
    public static List<Fault> faultsAlone(GraphDefinition definition) {
        return new GraphChecker(definition, Optional.empty(), new CelExpressions(GraphChecker.sound(definition)))
                .check();
    }

    /** A graph with what its nodes contain; to be used when there are no faults. */
    public Level level(String name, GraphDefinition definition, Subgraphs subgraphs) {
        return level(definition, new Site("", "", List.of(name), Optional.empty(), subgraphs, "", true, false));
    }

    private Level level(GraphDefinition definition, Site site) {
        CelExpressions cel = expressions.computeIfAbsent(GraphChecker.sound(definition), CelExpressions::new);
        // The outermost graph is looked at again when it is restored, as ever.
        if (!site.sound() && (handlers.isPresent() || site.prefix().isEmpty())) {
            GraphChecker checker = new GraphChecker(definition, handlers, cel);
            checker.check().forEach(one -> add(faults, site, one));
            checker.warnings().forEach(one -> add(warnings, site, one));
        }
        count(definition, site);
        Map<String, Level> inner = new LinkedHashMap<>();
        for (int i = 0; i < definition.nodes().size() && !large; i++) {
            NodeDefinition node = definition.nodes().get(i);
            if (SubgraphNode.is(node)) {
                String pointer = "/nodes/" + i + (node.layout().nested() ? "/data" : "");
                inner(definition, node, pointer, site).ifPresent(level -> inner.put(node.id(), level));
            }
        }
        return new Level(site.prefix(), definition, cel, site.agent(), inner);
    }

    /** The whole is bounded as one graph is, so that a few nested graphs cannot stand for millions of nodes. */
    private void count(GraphDefinition definition, Site site) {
        nodes += definition.nodes().size()
                + definition.nodes().stream().filter(SubgraphNode::is).count();
        edges += definition.edges().size();
        channels += definition.channels().size();
        if (!site.prefix().isEmpty() && (nodes > MOST_NODES || edges > MOST_EDGES || channels > MOST_CHANNELS)) {
            large = true;
            fault(
                    site,
                    "",
                    "With all that its nodes contain, the graph has more than " + MOST_NODES + " nodes, " + MOST_EDGES
                            + " edges or " + MOST_CHANNELS + " channels.");
        }
    }

    private Optional<Level> inner(GraphDefinition outside, NodeDefinition node, String pointer, Site site) {
        String config = pointer + "/config";
        if (site.depth() >= MOST_LEVELS) {
            fault(site, config, "Node '" + node.id() + "' is more than " + MOST_LEVELS + " graphs deep.");
            return Optional.empty();
        }
        Optional<JsonObject> inline = SubgraphNode.inline(node);
        return inline.isPresent()
                ? inline(outside, node, pointer, inline.get(), site)
                : SubgraphNode.named(node).flatMap(name -> named(outside, node, pointer, name, site));
    }

    private Optional<Level> inline(
            GraphDefinition outside, NodeDefinition node, String pointer, JsonObject document, Site site) {
        DefinitionReader reader = new DefinitionReader();
        GraphDefinition inside = reader.read(document);
        String place = pointer + "/config/graph";
        if (!reader.faults().isEmpty()) {
            reader.faults().forEach(one -> fault(site, place + one.pointer(), one.code(), one.message()));
            return Optional.empty();
        }
        Site within = new Site(
                site.prefix() + node.id() + "/",
                site.own() + node.id() + "/",
                site.names(),
                site.agent(),
                site.subgraphs(),
                site.stands() ? site.pointer() + place : site.pointer(),
                site.stands(),
                site.sound());
        inside.limits()
                .ifPresent(limits -> fault(
                        site, place + "/limits", "The limits of the outermost graph hold for all that it contains."));
        return Optional.of(joined(outside, node, pointer, level(inside, within), site, Optional.empty()));
    }

    private Optional<Level> named(
            GraphDefinition outside, NodeDefinition node, String pointer, String name, Site site) {
        String place = pointer + "/config/" + SubgraphNode.field(node);
        boolean agent = node.type().equals(SubgraphNode.AGENT);
        Optional<Subgraphs.Subgraph> found = site.subgraphs().find(node, site.own() + node.id());
        if (found.isEmpty()) {
            String version = SubgraphNode.version(node)
                    .map(number -> " in version " + number)
                    .orElse("");
            fault(
                    site,
                    place,
                    "Node '" + node.id() + "' names the " + (agent ? "agent" : "graph") + " '" + name + "'" + version
                            + ", which this tenant does not have."
                            + (agent && name.indexOf('/') > 0
                                    ? " Enable the pack '" + name.substring(0, name.indexOf('/')) + "' for it."
                                    : ""));
            return Optional.empty();
        }
        Subgraphs.Subgraph subgraph = found.get();
        int from = site.names().indexOf(subgraph.name());
        if (from >= 0 && handlers.isPresent()) {
            List<String> circle =
                    new ArrayList<>(site.names().subList(from, site.names().size()));
            circle.add(subgraph.name());
            fault(site, place, "Node '" + node.id() + "' would contain itself: " + String.join(" → ", circle) + ".");
            return Optional.empty();
        }
        List<String> names = new ArrayList<>(site.names());
        names.add(subgraph.name());
        String path = site.prefix() + node.id();
        Site within = new Site(
                path + "/",
                "",
                names,
                agent ? Optional.of(path) : site.agent(),
                subgraph.inner(),
                site.stands() ? site.pointer() + place : site.pointer(),
                false,
                subgraph.sound());
        Level level = level(subgraph.definition(), within);
        return Optional.of(joined(outside, node, pointer, level, site, subgraph.inputSchema()));
    }

    private Level joined(
            GraphDefinition outside,
            NodeDefinition node,
            String pointer,
            Level level,
            Site site,
            Optional<JsonObject> inputSchema) {
        if (handlers.isPresent() && !site.sound()) {
            SubgraphNode.check(node, outside, level.definition(), level.expressions(), inputSchema)
                    .forEach(one -> fault(site, pointer + one.pointer(), one.code(), one.message()));
        }
        return level;
    }

    private void fault(Site site, String pointer, String message) {
        fault(site, pointer, GraphErrorCode.INVALID_GRAPH.code(), message);
    }

    private void fault(Site site, String pointer, String code, String message) {
        add(faults, site, new Fault(pointer, code, message));
    }

    private static void add(List<Fault> all, Site site, Fault found) {
        if (all.size() > MOST_FAULTS) {
            return;
        }
        all.add(
                site.stands()
                        ? new Fault(site.pointer() + found.pointer(), found.code(), found.message())
                        : new Fault(
                                site.pointer(),
                                found.code(),
                                "In '" + site.names().getLast() + "' (" + found.pointer() + "): " + found.message()));
    }
}
