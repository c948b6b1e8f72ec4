package dev.agentos.graph;

import dev.agentos.graph.internal.Branches;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.NodeRules.Pause;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where executions wait for a person between two supersteps.
 *
 * @param before nodes before which they do
 * @param after nodes behind which they do
 */
public record Pauses(Set<String> before, Set<String> after) {

    /** Nowhere. */
    public static final Pauses NONE = new Pauses(Set.of(), Set.of());

    public Pauses {
        before = Set.copyOf(before);
        after = Set.copyOf(after);
    }

    /** Where the nodes say so. */
    static Pauses of(Collection<NodeDefinition> nodes) {
        Set<String> before = new HashSet<>();
        Set<String> after = new HashSet<>();
        nodes.forEach(node ->
                node.rules().pause().ifPresent(pause -> (pause == Pause.BEFORE ? before : after).add(node.id())));
        return before.isEmpty() && after.isEmpty() ? NONE : new Pauses(before, after);
    }

    /** These and those. */
    public Pauses and(Pauses others) {
        if (others.isEmpty() || isEmpty()) {
            return isEmpty() ? others : this;
        }
        Set<String> allBefore = new HashSet<>(before);
        allBefore.addAll(others.before);
        Set<String> allAfter = new HashSet<>(after);
        allAfter.addAll(others.after);
        return new Pauses(allBefore, allAfter);
    }

    /** As requests and stores write them. */
    public JsonObject toJson() {
        return JsonObject.of(
                "before", before.stream().sorted().toList(),
                "after", after.stream().sorted().toList());
    }

    /** Reads what {@link #toJson} wrote; what is no string is left out. */
    public static Pauses of(JsonObject json) {
        return new Pauses(texts(json, "before"), texts(json, "after"));
    }

    private static Set<String> texts(JsonObject json, String name) {
        Set<String> texts = new HashSet<>();
        json.array(name).orElse(JsonArray.EMPTY).forEach(one -> {
            if (one instanceof JsonString(String text)) {
                texts.add(text);
            }
        });
        return texts;
    }

    /** Whether there are none. */
    public boolean isEmpty() {
        return before.isEmpty() && after.isEmpty();
    }

    /** The ids of the interrupts at a checkpoint, given the tasks that ended there and those that are to begin. */
    List<String> at(int checkpoint, List<NodeTask> ended, List<NodeTask> next) {
        if (isEmpty()) {
            return List.of();
        }
        Set<String> ids = new LinkedHashSet<>();
        ended.stream()
                .filter(task -> after.contains(Branches.defined(task.node())))
                .forEach(task -> ids.add(NodeTask.id(checkpoint, Branches.together(task.node())) + "/after"));
        next.stream()
                .filter(task -> before.contains(Branches.defined(task.node())))
                .forEach(task -> ids.add(before(checkpoint, task.node())));
        return new ArrayList<>(ids);
    }

    /** The id of the interrupt before a node; all of a group of branches have one. */
    static String before(int checkpoint, String node) {
        return NodeTask.id(checkpoint, Branches.together(node)) + "/before";
    }

    /** The interrupt of an id that {@link #at} made. */
    public static Interrupt interrupt(String id) {
        int end = id.lastIndexOf('/');
        String node = id.substring(id.indexOf(':') + 1, end);
        return new Interrupt(id, node, JsonObject.of("kind", id.substring(end + 1), "node", node));
    }

    /** Whether an interrupt only waits before or after a node, so that anything lets it go on. */
    public static boolean asksNothing(Interrupt interrupt) {
        String id = interrupt.id();
        return (id.endsWith("/before") || id.endsWith("/after")) && interrupt.equals(interrupt(id));
    }

    /** The first node that a graph does not have. */
    public Optional<String> unknown(CompiledGraph graph) {
        List<String> all = new ArrayList<>(before);
        all.addAll(after);
        return all.stream()
                .sorted()
                .filter(node ->
                        graph.node(node).isEmpty() || !Branches.defined(node).equals(node))
                .findFirst();
    }
}
