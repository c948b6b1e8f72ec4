package dev.agentos.graph.internal;

import dev.agentos.expressions.Condition;
import dev.agentos.spi.EdgeDefinition;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.NodeDefinition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Finds which nodes of a graph may run in the same superstep.
 *
 * <p>Whatever two nodes run at the same time, their paths have parted behind some node that took two of its edges at
 * once. So every pair of edges that one node may take together begins a walk of two paths, superstep by superstep, both
 * taking every edge that they may take. Edges whose conditions exclude each other are not taken in the same superstep,
 * since they look at the same state, and of the cases of a condition node one is taken alone. A graph inside of a node
 * takes nobody knows how many supersteps: the path in it may stay. So does one at a node that waits for all that lead
 * to it, until all of them can have come.
 */
final class SideBySide {

    /** Enough for all but very wide graphs; what takes more is looked at no further. */
    private static final int MOST_MOVES = 2_000_000;

    /** Of a longer one nothing is known. */
    private static final int LONGEST_CONDITION = 1_000;

    private static final int COST_OF_COMPARING = 20;

    private final GraphDefinition graph;
    private final CelExpressions expressions;
    private final Map<String, Integer> places = new HashMap<>();
    private final List<List<Way>> ways = new ArrayList<>();
    private final BitSet composite = new BitSet();
    private final Map<Integer, Set<Integer>> joined = new HashMap<>();
    private final BitSet writers;
    private final BitSet interesting;
    private final Map<String, Condition> conditions = new HashMap<>();
    private final Map<Integer, BitSet> behind = new HashMap<>();
    private final Map<Integer, BitSet> beside = new HashMap<>();
    private final Map<Integer, BitSet> surePairs = new HashMap<>();
    private final Map<Integer, BitSet> otherPairs = new HashMap<>();
    private final Set<Integer> complete = new HashSet<>();
    private final Deque<Pair> open = new ArrayDeque<>();
    private final List<Pair> held = new ArrayList<>();
    private final Set<Pair> found = new LinkedHashSet<>();
    private int moves;

    /**
     * Two nodes whose paths are at them at the same time.
     *
     * @param one the place of the first in the document
     * @param other the place of the second
     * @param sure whether both come there in that superstep if they take those edges; else it depends on how long what
     *     they contain or wait for takes, or on what a node names
     * @param parted where their paths parted
     */
    record Pair(int one, int other, boolean sure, Parting parted) {}

    /** A node, or {@code START}, and two of those to which it led at once. */
    record Parting(String source, String left, String right) {}

    /** How a path may go on behind a node. */
    private record Way(String from, Kind kind, int target, String condition) {

        private enum Kind {
            EDGE,
            CASE,
            NAMED,
            DISPATCHED
        }
    }

    /**
     * A walk through that graph.
     *
     * @param writers the places of the nodes that are asked about
     */
    SideBySide(GraphDefinition graph, CelExpressions expressions, BitSet writers) {
        this.graph = graph;
        this.expressions = expressions;
        this.writers = writers;
        List<NodeDefinition> nodes = graph.nodes();
        for (int i = 0; i < nodes.size(); i++) {
            places.put(nodes.get(i).id(), i);
            composite.set(i, SubgraphNode.is(nodes.get(i)));
        }
        Map<String, Routes> routes = Routes.of(graph);
        nodes.forEach(node -> ways.add(ways(node.id(), routes)));
        ways.add(ways(GraphDefinition.START, routes));
        for (int i = 0; i < nodes.size(); i++) {
            if (nodes.get(i).rules().joinsAll()) {
                joined.put(i, new HashSet<>());
            }
        }
        for (int i = 0; i < nodes.size(); i++) {
            for (Way way : ways.get(i)) {
                Set<Integer> sources = joined.get(way.target());
                if (sources != null && way.from().equals(nodes.get(i).id())) {
                    sources.add(i);
                }
            }
        }
        interesting = joined.isEmpty() ? leadingTo(writers) : all();
    }

    /** Whether the graph was too wide to be looked at whole. */
    boolean gaveUp() {
        return moves > MOST_MOVES;
    }

    /** Every two writers that may run in the same superstep; those that surely may perhaps once more as others. */
    List<Pair> pairs() {
        for (int source = 0; source < ways.size() && !gaveUp(); source++) {
            part(source);
        }
        while (!open.isEmpty() && !gaveUp()) {
            go(open.poll());
            if (open.isEmpty()) {
                // With each pair more nodes are known that may have run before others.
                List<Pair> again = List.copyOf(held);
                held.clear();
                again.forEach(this::go);
            }
        }
        return List.copyOf(found);
    }

    private List<Way> ways(String id, Map<String, Routes> routes) {
        List<Way> all = new ArrayList<>();
        Routes own = Objects.requireNonNull(routes.get(id));
        Optional<String> dispatched = Optional.ofNullable(places.get(id))
                .flatMap(place -> DispatchNode.target(graph.nodes().get(place)));
        for (String target : own.named()) {
            add(
                    all,
                    id,
                    dispatched.filter(target::equals).isPresent() ? Way.Kind.DISPATCHED : Way.Kind.NAMED,
                    target,
                    "");
        }
        chosen(all, id, own);
        // A dispatch of nothing goes on behind its target at once.
        dispatched.ifPresent(target -> chosen(all, target, Objects.requireNonNull(routes.get(target))));
        return all;
    }

    private void chosen(List<Way> all, String id, Routes routes) {
        StringBuilder others = new StringBuilder();
        for (Routes.Case one : routes.cases()) {
            add(all, id, Way.Kind.CASE, one.target(), others + "(" + one.when() + "\n)");
            if (others.length() < LONGEST_CONDITION) {
                others.append("!(").append(one.when()).append("\n) && ");
            }
        }
        routes.otherwise().ifPresent(target -> add(all, id, Way.Kind.CASE, target, others + "true"));
        for (EdgeDefinition edge : routes.edges()) {
            add(all, id, Way.Kind.EDGE, edge.target(), edge.condition().orElse(""));
        }
    }

    private void add(List<Way> all, String from, Way.Kind kind, String target, String condition) {
        Integer place = places.get(target);
        if (place != null) {
            all.add(new Way(from, kind, place, condition));
        }
    }

    private BitSet all() {
        BitSet all = new BitSet();
        all.set(0, graph.nodes().size());
        return all;
    }

    private BitSet leadingTo(BitSet nodes) {
        List<List<Integer>> sources = new ArrayList<>();
        ways.forEach(any -> sources.add(new ArrayList<>()));
        for (int i = 0; i < ways.size(); i++) {
            for (Way way : ways.get(i)) {
                sources.get(way.target()).add(i);
            }
        }
        BitSet leading = new BitSet();
        Deque<Integer> todo = new ArrayDeque<>(nodes.stream().boxed().toList());
        while (!todo.isEmpty()) {
            int node = todo.poll();
            if (!leading.get(node)) {
                leading.set(node);
                todo.addAll(sources.get(node));
            }
        }
        return leading;
    }

    /** Begins the walks behind one node. */
    private void part(int source) {
        List<Way> all = ways.get(source);
        String id = source < graph.nodes().size() ? graph.nodes().get(source).id() : GraphDefinition.START;
        for (int i = 0; i < all.size() && !gaveUp(); i++) {
            for (int j = i + 1; j < all.size() && !gaveUp(); j++) {
                Way left = all.get(i);
                Way right = all.get(j);
                moves++;
                if (together(left, right)) {
                    Parting parting = new Parting(id, name(left.target()), name(right.target()));
                    arrive(left.target(), right.target(), left.kind() != Way.Kind.NAMED, parting);
                }
            }
        }
    }

    private String name(int place) {
        return graph.nodes().get(place).id();
    }

    /** Whether one node may take both. */
    private boolean together(Way left, Way right) {
        boolean named = left.kind() == Way.Kind.NAMED || right.kind() == Way.Kind.NAMED;
        boolean dispatched = left.kind() == Way.Kind.DISPATCHED || right.kind() == Way.Kind.DISPATCHED;
        if (!left.from().equals(right.from())) {
            return !dispatched && !excluded(left, right);
        }
        return named
                ? left.kind() == right.kind()
                : !(left.kind() == Way.Kind.CASE && right.kind() == Way.Kind.CASE) && !excluded(left, right);
    }

    private boolean excluded(Way left, Way right) {
        if (left.condition().isEmpty() || right.condition().isEmpty()) {
            return false;
        }
        moves += COST_OF_COMPARING;
        return condition(left).excludes(condition(right));
    }

    private Condition condition(Way way) {
        return conditions.computeIfAbsent(way.condition(), expressions::condition);
    }

    private void arrive(int one, int other, boolean sure, Parting parted) {
        if (one == other || !interesting.get(one) || !interesting.get(other)) {
            return;
        }
        // What may stay can go on only when it has.
        boolean known = !sure && marked(surePairs, one, other) && !composite.get(one) && !composite.get(other);
        if (!known && mark(sure ? surePairs : otherPairs, one, other)) {
            beside.computeIfAbsent(one, any -> new BitSet()).set(other);
            beside.computeIfAbsent(other, any -> new BitSet()).set(one);
            open.add(new Pair(Math.min(one, other), Math.max(one, other), sure, parted));
        }
    }

    private static boolean mark(Map<Integer, BitSet> pairs, int one, int other) {
        if (marked(pairs, one, other)) {
            return false;
        }
        pairs.computeIfAbsent(Math.min(one, other), any -> new BitSet()).set(Math.max(one, other));
        return true;
    }

    private static boolean marked(Map<Integer, BitSet> pairs, int one, int other) {
        BitSet others = pairs.get(Math.min(one, other));
        return others != null && others.get(Math.max(one, other));
    }

    /** Lets both paths go on, and one of them where the other may stay. */
    private void go(Pair pair) {
        boolean one = runs(pair.one(), pair.other(), pair.sure());
        boolean other = runs(pair.other(), pair.one(), pair.sure());
        boolean both = one && other || releasedTogether(pair);
        if (both) {
            boolean sure = pair.sure() && one && other;
            if (writers.get(pair.one()) && writers.get(pair.other())) {
                found.add(new Pair(pair.one(), pair.other(), sure, pair.parted()));
            }
            for (Way left : ways.get(pair.one())) {
                for (Way right : ways.get(pair.other())) {
                    moves++;
                    if (!excluded(left, right)) {
                        arrive(left.target(), right.target(), sure, pair.parted());
                    }
                }
            }
        }
        if (lasts(pair.one()) && other) {
            stay(pair.one(), pair.other(), pair.parted());
        }
        if (lasts(pair.other()) && one) {
            stay(pair.other(), pair.one(), pair.parted());
        }
        if (lasts(pair.one()) && lasts(pair.other())) {
            arrive(pair.one(), pair.other(), false, pair.parted());
        }
        if (!both && (joined.containsKey(pair.one()) || joined.containsKey(pair.other()))) {
            held.add(pair);
        }
        moves++;
    }

    private void stay(int staying, int going, Parting parted) {
        for (Way way : ways.get(going)) {
            moves++;
            arrive(staying, way.target(), false, parted);
        }
    }

    private boolean lasts(int node) {
        return composite.get(node) || joined.containsKey(node);
    }

    /** Whether a node runs, or what it contains may end, while another one runs. */
    private boolean runs(int node, int other, boolean sure) {
        return (!composite.get(node) || !sure) && (!joined.containsKey(node) || awaited(node, other));
    }

    /** Two that wait both run when nothing else is left, but what another one leads to waits for that. */
    private boolean releasedTogether(Pair pair) {
        return joined.containsKey(pair.one())
                && joined.containsKey(pair.other())
                && behind(pair.one()).get(pair.other()) == behind(pair.other()).get(pair.one());
    }

    /** Whether all that lead to a node that waits for them can have come before another node runs. */
    private boolean awaited(int node, int other) {
        Set<Integer> sources = Objects.requireNonNull(joined.get(node));
        return sources.stream().allMatch(source -> before(source, other)) && complete(node, sources);
    }

    /** Whether all that lead to a node can come in one round. */
    private boolean complete(int node, Set<Integer> sources) {
        if (complete.contains(node)) {
            return true;
        }
        for (int one : sources) {
            for (int other : sources) {
                moves++;
                if (one < other
                        && !beside.getOrDefault(one, new BitSet()).get(other)
                        && !before(one, other)
                        && !before(other, one)) {
                    return false;
                }
            }
        }
        complete.add(node);
        return true;
    }

    /** Whether one node can have run before another one does. */
    private boolean before(int one, int other) {
        moves++;
        if (behind(one).get(other)) {
            return true;
        }
        BitSet others = beside.getOrDefault(one, new BitSet());
        for (int node = others.nextSetBit(0); node >= 0; node = others.nextSetBit(node + 1)) {
            moves++;
            // What has run may still wait there, or be inside of it.
            if (behind(node).get(other) || node == other && lasts(node)) {
                return true;
            }
        }
        return false;
    }

    /** The nodes to which some way leads from one. */
    private BitSet behind(int node) {
        BitSet known = behind.get(node);
        if (known != null) {
            return known;
        }
        BitSet found = new BitSet();
        Deque<Integer> todo = new ArrayDeque<>(List.of(node));
        while (!todo.isEmpty()) {
            for (Way way : ways.get(todo.poll())) {
                moves++;
                if (!found.get(way.target())) {
                    found.set(way.target());
                    todo.add(way.target());
                }
            }
        }
        behind.put(node, found);
        return found;
    }
}
