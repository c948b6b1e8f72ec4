package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.graph.FakeHandler;
import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeHandler;
import dev.agentos.kernel.Failpoints;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.GraphBuilder;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.NodeLayout;
import dev.agentos.spi.RetryPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Random graphs under random crashes: an engine dies before or after any call of the store or at any failpoint, and
 * another takes over. Every execution must end as it does without a crash, having run each finished task once.
 */
class RandomCrashTest {

    private static final int ROUNDS = Integer.getInteger("lab.rounds", 6);
    private static final int MOST_CRASHES = 20;
    private static final AtomicInteger BEGUN_ANEW = new AtomicInteger();

    /** The end of an engine; not an exception that anything would handle. */
    static final class Crash extends Error {
        private static final long serialVersionUID = 1L;
    }

    @BeforeAll
    static void expectCrashes() {
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> {
            if (!(thrown instanceof Crash) && before != null) {
                before.uncaughtException(thread, thrown);
            }
        });
    }

    static GraphDefinition randomGraph(Random random) {
        GraphBuilder graph = GraphDefinition.named("random")
                .channel("log", "array", "append")
                .channel("total", "integer", "sum", dev.agentos.spi.JsonNumber.of(0))
                .channel("seen", "array", "set");
        int layers = 2 + random.nextInt(3);
        List<List<String>> nodes = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            List<String> ids = new ArrayList<>();
            for (int i = 0; i <= random.nextInt(3); i++) {
                ids.add("n" + layer + i);
                graph.node("n" + layer + i, "work", JsonObject.EMPTY);
            }
            nodes.add(ids);
        }
        nodes.getFirst().forEach(id -> graph.edge("START", id));
        for (int layer = 0; layer < layers - 1; layer++) {
            List<String> from = nodes.get(layer);
            List<String> to = nodes.get(layer + 1);
            to.forEach(id -> graph.edge(from.get(random.nextInt(from.size())), id));
            for (String id : from) {
                String yes = to.get(random.nextInt(to.size()));
                String no = random.nextBoolean() ? to.get(random.nextInt(to.size())) : "END";
                graph.edge(id, yes, "total % 2 == 0").edge(id, no, "total % 2 != 0");
            }
        }
        for (String id : nodes.getLast()) {
            String back = nodes.getFirst().get(random.nextInt(nodes.getFirst().size()));
            graph.edge(id, back, "size(log) < 15").edge(id, "END", "size(log) >= 15");
        }
        return graph.build();
    }

    /**
     * Two random graphs in the nodes of another one, side by side and then again; each begins anew when a task inside
     * fails.
     */
    private static GraphDefinition nested(Random random) {
        GraphBuilder graph = GraphDefinition.named("nested").channel("log", "array", "append");
        for (String id : List.of("left", "right")) {
            graph.node(new NodeDefinition(
                    id,
                    "subgraph",
                    JsonObject.of(
                            "graph",
                            GraphCodec.write(randomGraph(random)),
                            "output",
                            JsonObject.of("log", "log.map(one, '" + id + " ' + one)")),
                    NodeLayout.NONE,
                    Optional.of(new RetryPolicy(
                            100, Duration.ofMillis(1), 1, Duration.ofMillis(1), List.of("graph:GATE_CLOSED"))),
                    Optional.of(Duration.ofHours(1))));
        }
        return graph.edge("START", "left")
                .edge("START", "right")
                .edge("left", "right", "size(log) < 60")
                .edge("left", "END", "size(log) >= 60")
                .build();
    }

    private static JsonObject work(NodeCall call) {
        String id = call.node().id();
        if (id.indexOf('/') >= 0 && Math.floorMod(call.task().id().hashCode(), 23) == 0) {
            throw new AgentOsException(GraphErrorCode.GATE_CLOSED, "Not in this attempt.", "Begin anew.");
        }
        int seen = call.state().toString().hashCode();
        for (int i = 0; i < Math.floorMod(id.hashCode(), 3); i++) {
            call.emit(ExecutionEvent.CUSTOM, JsonObject.of("task", call.task().id(), "i", i));
        }
        return JsonObject.of("log", List.of(call.task().id()), "total", Math.floorMod(seen, 7), "seen", List.of(id));
    }

    private static int emitted(String task) {
        return Math.floorMod(task.substring(task.indexOf(':') + 1).hashCode(), 3);
    }

    private static JsonObject withoutCrash(GraphDefinition graph) {
        try (Bench bench = new Bench()) {
            bench.handler("work", RandomCrashTest::work);
            bench.engine("calm");
            Execution done = bench.run(graph, JsonObject.EMPTY);
            assertThat(done.state()).isEqualTo(ExecutionState.SUCCEEDED);
            return done.output().orElseThrow();
        }
    }

    @Test
    void endsAsWithoutACrash() {
        long seed = Long.getLong("lab.seed", System.nanoTime());
        int crashes = 0;
        for (int round = 0; round < ROUNDS; round++) {
            crashes += crashRound(seed + round);
        }
        System.out.println("case 13 random-crashes: pass seed=" + seed + " evidence=" + ROUNDS + " graphs, " + crashes
                + " crashes, " + BEGUN_ANEW + " rounds begun anew");
        assertThat(BEGUN_ANEW.get()).as("begun anew, seed %d", seed).isPositive();
        assertThat(crashes).as("crashes, seed %d", seed).isPositive();
    }

    private static int crashRound(long seed) {
        Random random = new Random(seed);
        GraphDefinition graph = seed % 2 == 0 ? randomGraph(random) : nested(random);
        JsonObject expected = withoutCrash(graph);
        List<String> violations = java.util.Collections.synchronizedList(new ArrayList<>());
        try (Bench bench = new Bench()) {
            bench.handler("work", RandomCrashTest::work);
            List<Execution> executions = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                executions.add(bench.start(graph, JsonObject.EMPTY));
            }
            int crashes = 0;
            while (executions.stream().anyMatch(one -> !ended(bench, one))) {
                AtomicBoolean dead = new AtomicBoolean();
                Random faults = new Random(random.nextLong());
                boolean last = crashes >= MOST_CRASHES;
                Runnable maybe = () -> {
                    synchronized (faults) {
                        if (dead.get() || (!last && faults.nextInt(40) == 0)) {
                            dead.set(true);
                            throw new Crash();
                        }
                    }
                };
                // Each engine has a handler of its own, so that a thread of a dead one cannot pass for the next.
                NodeHandler handler = new FakeHandler(call -> {
                    boolean again = finished(bench, call);
                    if (again && !dead.get()) {
                        violations.add(call.task().id());
                    }
                    return work(call);
                });
                String owner = "engine-" + crashes;
                ExecutionStore mortal = FaultyStore.of(bench.store, (moment, method) -> maybe.run());
                Failpoints failpoints = name -> {
                    // The test's own thread drains.
                    if (!name.equals("draining")) {
                        maybe.run();
                    }
                };
                ExecutionEngine engine =
                        bench.engine(Bench.config(owner), bench.over(mortal, type -> Optional.of(handler)), failpoints);
                await().dontCatchUncaughtExceptions()
                        .pollInterval(Duration.ofMillis(2))
                        .atMost(Duration.ofSeconds(60))
                        .until(() -> dead.get() || executions.stream().allMatch(one -> ended(bench, one)));
                engine.abandon();
                if (dead.get()) {
                    crashes++;
                    bench.store.release(owner);
                }
            }
            executions.forEach(execution -> checkEnd(bench, execution, expected, seed));
            assertThat(violations)
                    .as("tasks run after they had finished, seed %d", seed)
                    .isEmpty();
            return crashes;
        }
    }

    private static void checkEnd(Bench bench, Execution execution, JsonObject expected, long seed) {
        Execution done = bench.executions.find(Bench.TENANT, execution.id()).orElseThrow();
        assertThat(done.state()).as("seed %d", seed).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(done.output()).as("seed %d", seed).contains(expected);
        BEGUN_ANEW.addAndGet((int) bench.events(done).stream()
                .filter(event -> event.draft().data().text("task").orElse("").matches("[0-9]+:(left|right)"))
                .filter(event -> event.draft().type().equals(ExecutionEvent.TASK_FAILED))
                .count());
        Map<String, Integer> finished = count(bench, done, "task.finished");
        finished.values().removeIf(times -> times == 1);
        assertThat(finished).as("finished more than once, seed %d", seed).isEmpty();
    }

    static boolean ended(Bench bench, Execution execution) {
        return bench.store
                .find(Bench.TENANT, execution.id())
                .orElseThrow()
                .state()
                .terminal();
    }

    private static boolean finished(Bench bench, NodeCall call) {
        return bench.store.events(Bench.TENANT, call.execution(), 0, 100_000).stream()
                .anyMatch(event -> event.draft().type().equals("task.finished")
                        && event.draft()
                                .data()
                                .text("task")
                                .filter(call.task().id()::equals)
                                .isPresent());
    }

    private static Map<String, Integer> count(Bench bench, Execution execution, String type) {
        Map<String, Integer> counts = new HashMap<>();
        bench.events(execution).stream()
                .filter(event -> event.draft().type().equals(type))
                .forEach(event -> counts.merge(event.draft().data().text("task").orElseThrow(), 1, Integer::sum));
        return counts;
    }

    @Test
    void storesEachEventOnceThroughAStoreThatFailsBeforeAndAfterItsCommits() {
        long seed = Long.getLong("lab.seed", System.nanoTime());
        AtomicInteger faults = new AtomicInteger();
        for (int round = 0; round < Math.max(4, ROUNDS / 4); round++) {
            Random random = new Random(seed + round);
            GraphDefinition graph = randomGraph(random);
            JsonObject expected = withoutCrash(graph);
            Map<String, Integer> inARow = new ConcurrentHashMap<>();
            try (Bench bench = new Bench()) {
                ExecutionStore unreliable = FaultyStore.of(bench.store, (moment, method) -> {
                    synchronized (random) {
                        String caller = Thread.currentThread().getName();
                        // A log waits out the database's failures by itself; the database's tests show that.
                        boolean log = method.equals("append") || method.equals("write") || method.equals("settle");
                        if (!log && random.nextInt(8) == 0 && inARow.merge(caller, 1, Integer::sum) <= 3) {
                            faults.incrementAndGet();
                            throw new IllegalStateException("Connection lost " + moment + " " + method);
                        }
                        if (moment == FaultyStore.Moment.AFTER) {
                            inARow.remove(caller);
                        }
                    }
                });
                bench.handler("work", RandomCrashTest::work);
                bench.engine(Bench.config("only"), bench.over(unreliable), Failpoints.NONE);
                Execution done = bench.run(graph, JsonObject.EMPTY);
                assertThat(done.output()).as("seed %d", seed + round).contains(expected);
                Map<String, Integer> finished = count(bench, done, "task.finished");
                Map<String, Integer> custom = count(bench, done, "custom");
                assertThat(finished.values()).as("seed %d", seed + round).containsOnly(1);
                if (done.progress().attempt() == 1) {
                    finished.keySet()
                            .forEach(task -> assertThat(custom.getOrDefault(task, 0))
                                    .as("events of %s, seed %d", task, seed)
                                    .isEqualTo(emitted(task)));
                }
            }
        }
        System.out.println("case 27 lost-acknowledgements: pass seed=" + seed + " evidence=" + faults + " faults");
        assertThat(faults.get()).isPositive();
    }
}
