package dev.agentos.execution.internal;

import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionEvent.Draft;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.Control;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.NodeHandler;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.PendingWrite;
import dev.agentos.graph.Planner;
import dev.agentos.kernel.Failure;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.RetryPolicy;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** In one superstep, the nodes that contain a graph and bound its time or repeat it, and which of them begin anew. */
final class Rounds {

    private final EngineContext context;
    private final CompiledGraph graph;
    private final Checkpoint checkpoint;
    private final Map<String, Control.Round> rounds;
    private final Map<String, Planner.Again> again = new HashMap<>();
    /** How many tasks inside of a node have not ended: one without any waits for others only. */
    private final Map<String, Integer> left = new HashMap<>();
    /** Those with a limit of time, the first to be over at the front, of one time the innermost. */
    private final Deque<String> timed = new ArrayDeque<>();

    Rounds(EngineContext context, CompiledGraph graph, Checkpoint checkpoint) {
        this.context = context;
        this.graph = graph;
        this.checkpoint = checkpoint;
        this.rounds = graph.bounds() ? Control.of(checkpoint.control()).rounds() : Map.of();
        if (!rounds.isEmpty()) {
            checkpoint
                    .next()
                    .forEach(task -> graph.bounded(task.node()).forEach(node -> left.merge(node, 1, Integer::sum)));
            rounds.entrySet().stream()
                    .filter(one -> one.getValue().until().isPresent())
                    .sorted(Comparator.comparing((Map.Entry<String, Control.Round> one) ->
                                    one.getValue().until().orElseThrow())
                            .thenComparingInt(one -> -one.getKey().length()))
                    .forEach(one -> timed.add(one.getKey()));
        }
    }

    /** Notes that a task has ended. */
    void ended(String node) {
        if (!rounds.isEmpty()) {
            graph.bounded(node).forEach(around -> left.merge(around, -1, Integer::sum));
        }
    }

    /** Whether the time of a node that contains a graph can be over in this superstep. */
    private boolean runs(String node) {
        return left.getOrDefault(node, 0) > 0 && !givenUp(node);
    }

    /**
     * What becomes of a failure for good.
     *
     * @param failure with what is to be said of nodes that did not repeat it
     * @param again the node that begins anew; empty when the failure stands
     * @param events to be told
     */
    record Verdict(Failure failure, Optional<Planner.Again> again, List<Draft> events) {}

    /** Takes up what was stored of this superstep. */
    void restore(Map<String, PendingWrite> stored) {
        if (graph.bounds() && !stored.isEmpty()) {
            again.putAll(Planner.Again.in(checkpoint.next().stream()
                    .flatMap(task -> Optional.ofNullable(stored.get(task.id())).stream())
                    .toList()));
        }
    }

    /** Whether some node begins anew behind this superstep. */
    boolean any() {
        return !again.isEmpty();
    }

    /** Whether a node is given up because one around it begins anew. */
    boolean givenUp(String node) {
        return CompiledGraph.insideAny(node, again.keySet());
    }

    /** When a task may begin: that of a node that begins anew waits a while. */
    Optional<Instant> begins(NodeTask task) {
        return rounds.isEmpty()
                ? Optional.empty()
                : Optional.ofNullable(rounds.get(task.node())).flatMap(Control.Round::begins);
    }

    /** The next time at which a round is over. */
    Optional<Instant> until() {
        return first().flatMap(node -> round(node).until());
    }

    /** The node whose time is over first, the innermost of those of one time. What once does not run, never does. */
    private Optional<String> first() {
        while (!timed.isEmpty() && !runs(timed.getFirst())) {
            timed.removeFirst();
        }
        return Optional.ofNullable(timed.peekFirst());
    }

    /** The node whose time was over first, the innermost of those of one time. */
    Optional<String> late(Instant now) {
        return first().filter(node ->
                round(node).until().filter(until -> !until.isAfter(now)).isPresent());
    }

    /** What it means for a node that its time is over, and for those around it. */
    Verdict late(String node, Predicate<String> spent) {
        String time = definition(node).timeout().orElseThrow().toString();
        Failure failure = Failure.of(
                GraphErrorCode.NODE_TIMEOUT,
                "Node '" + node + "' did not end within " + time + ", with what it contains.",
                "Give the node a longer timeout, or find out what it waits for.");
        Verdict verdict = failed(node, failure, context.clock().instant(), spent);
        boolean told = verdict.events().stream()
                .anyMatch(event -> event.node().filter(node::equals).isPresent());
        if (told) {
            return verdict;
        }
        List<Draft> events = new ArrayList<>(List.of(event(node, failure, false)));
        events.addAll(verdict.events());
        return new Verdict(verdict.failure(), verdict.again(), events);
    }

    /**
     * What a failure for good means for the nodes around: the innermost that repeats it begins anew.
     *
     * @param earliest when it begins, unless it waits longer
     * @param spent whether something inside of a node has had an effect in this superstep that cannot be repeated
     */
    Verdict failed(String node, Failure failure, Instant earliest, Predicate<String> spent) {
        Failure told = failure;
        List<Draft> events = new ArrayList<>();
        for (String around : graph.bounded(node)) {
            Optional<RetryPolicy> policy = definition(around).retry().filter(one -> OpenTask.lists(one, failure));
            if (policy.isEmpty()) {
                continue;
            }
            Control.Round round = round(around);
            boolean exhausted = round.attempt() >= policy.get().maxAttempts();
            if (!exhausted && !round.spent() && !spent.test(around)) {
                events.add(event(around, told, true));
                Instant begins =
                        earliest.plusMillis(context.jitter(OpenTask.longestPause(policy.get(), round.attempt())));
                Planner.Again begun = new Planner.Again(around, begins);
                again.keySet().removeIf(one -> CompiledGraph.inside(one, around));
                again.put(around, begun);
                return new Verdict(told, Optional.of(begun), events);
            }
            String why = exhausted
                    ? " Node '" + around + "', which contains it, was tried " + round.attempt() + " times."
                    : " Node '" + around + "', which contains it, is not tried again: an effect inside cannot be"
                            + " repeated.";
            told = new Failure(told.code(), told.type(), told.retriable(), told.message() + why, told.action());
            events.add(event(around, told, false));
        }
        return new Verdict(told, Optional.empty(), events);
    }

    private Control.Round round(String node) {
        return rounds.getOrDefault(node, Control.Round.FIRST);
    }

    private NodeDefinition definition(String node) {
        return graph.bound(node).orElseThrow();
    }

    private Draft event(String node, Failure failure, boolean repeats) {
        return new Draft(
                ExecutionEvent.TASK_FAILED,
                checkpoint.number(),
                Optional.of(node),
                JsonObject.of(
                        "task",
                        NodeTask.id(checkpoint.number(), node),
                        "attempt",
                        JsonValue.of(round(node).attempt()),
                        "failure",
                        failure.toJson(),
                        "retry",
                        repeats));
    }

    /** The nodes of a superstep that ran and whose effects cannot be repeated. */
    static List<String> spent(EngineContext context, CompiledGraph graph, Collection<PendingWrite> writes) {
        return graph.bounds()
                ? writes.stream()
                        .filter(write -> spends(context, graph, write))
                        .map(PendingWrite::node)
                        .toList()
                : List.of();
    }

    /** The nodes of a superstep that is left unended of which the same holds, or of which nobody knows. */
    static List<String> unended(EngineContext context, CompiledGraph graph, ExecutionStore.Resumption resumption) {
        // Who asked runs again from the beginning when it is answered, so nothing has happened yet.
        return spent(
                context,
                graph,
                resumption.pending().stream()
                        .filter(write -> write.interrupts().isEmpty())
                        .toList());
    }

    /** The same with those around which that was known before: attempts and times may count anew, effects do not. */
    static List<String> spent(EngineContext context, CompiledGraph graph, ExecutionStore.Resumption resumption) {
        List<String> all = new ArrayList<>(unended(context, graph, resumption));
        all.addAll(Control.of(resumption.checkpoint().control()).spent());
        return all;
    }

    /** Whether what a task wrote came with an effect that cannot be repeated, as far as anybody can tell now. */
    static boolean spends(EngineContext context, CompiledGraph graph, PendingWrite write) {
        if (Planner.Again.of(write).isPresent()) {
            return false;
        }
        NodeDefinition node = graph.node(write.node()).orElseThrow();
        Optional<NodeHandler> handler = context.handler(node.type());
        return handler.isEmpty() || handler.get().effect(node) == Effect.NON_IDEMPOTENT;
    }
}
