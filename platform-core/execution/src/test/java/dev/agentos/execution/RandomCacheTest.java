package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.FakeHandler;
import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeHandler;
import dev.agentos.kernel.Failpoints;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Random graphs in nodes that keep their results, in a loop, deep and dispatched, under random crashes: whatever is
 * used again, every execution must end as it does where nothing is.
 */
class RandomCacheTest {

    private static final int ROUNDS = Integer.getInteger("lab.rounds", 6) / 2;
    private static final int MOST_CRASHES = 15;

    @BeforeAll
    static void expectCrashes() {
        RandomCrashTest.expectCrashes();
    }

    /** One by one, so that what is left out does not change the order of the rest. */
    private static GraphDefinition graph(Random random, String cache) {
        return GraphCodec.read(GraphCodec.yamlObject(
                """
                metadata: {name: random}
                channels:
                  turn: {type: integer, reducer: sum, default: 0}
                  log: {type: array, reducer: append}
                nodes:
                  - {id: next, type: transform, config: {set: {turn: '1'}}}
                  - {id: one, type: subgraph, CACHE, config: {input: {total: turn %% 2}, output: {log: log}, graph: %s}}
                  - id: two
                    type: subgraph
                    CACHE
                    retry: {maxAttempts: 2}
                    config:
                      input: {turn: turn %% 3}
                      output: {log: log}
                      graph:
                        channels: {turn: {type: integer, reducer: last}, log: {type: array, reducer: append}}
                        nodes:
                          - {id: deep, type: subgraph, CACHE, config: {input: {total: turn / 2}, output: {log: log}, graph: %s}}
                          - {id: last, type: transform, config: {set: {log: '[string(turn)]'}}}
                        edges: [{source: START, target: deep}, {source: deep, target: last}]
                  - {id: fan, type: dispatch, config: {items: '[turn %% 2, 3, turn %% 3]', node: each}}
                  - {id: each, type: subgraph, CACHE, config: {input: {total: input}, output: {log: log}, graph: %s}}
                edges:
                  - {source: START, target: next}
                  - {source: next, target: one}
                  - {source: one, target: two}
                  - {source: two, target: fan}
                  - {source: each, target: next, condition: turn < 5}
                  - {source: each, target: END, condition: turn >= 5}
                """.replace("CACHE", cache).formatted(inside(random), inside(random), inside(random))));
    }

    private static JsonObject inside(Random random) {
        return GraphCodec.write(RandomCrashTest.randomGraph(random));
    }

    /** A function of what the graph inside has come to. */
    private static JsonObject work(NodeCall call) {
        String node = CompiledGraph.defined(call.node().id());
        int seen = Math.floorMod(call.state().toString().hashCode(), 1_000);
        return JsonObject.of("log", List.of(node + " " + seen), "total", seen % 7, "seen", List.of(node));
    }

    private static long known(Bench bench, Execution execution) {
        return bench.events(execution).stream()
                .filter(event -> event.draft().data().member("cached").isPresent())
                .count();
    }

    private static JsonObject output(Execution done) {
        assertThat(done.failure()).isEmpty();
        return done.output().orElseThrow();
    }

    @Test
    void comesToTheSameAsWithoutACache() {
        long seed = Long.getLong("lab.seed", System.nanoTime());
        long known = 0;
        int crashes = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long one = seed + round;
            GraphDefinition cached = graph(new Random(one), "cache: {ttl: PT10M}");
            JsonObject expected;
            try (Bench bench = new Bench()) {
                bench.handler("work", RandomCacheTest::work);
                bench.engine("calm");
                expected = output(bench.run(graph(new Random(one), "position: {x: 0, y: 0}"), JsonObject.EMPTY));
                Execution calm = bench.run(cached, JsonObject.EMPTY);
                assertThat(output(calm)).as("seed %d", one).isEqualTo(expected);
                assertThat(known(bench, calm)).as("used again, seed %d", one).isPositive();
                assertThat(output(bench.run(cached, JsonObject.EMPTY)))
                        .as("again, seed %d", one)
                        .isEqualTo(expected);
            }
            try (Bench bench = new Bench()) {
                bench.handler("work", RandomCacheTest::work);
                List<Execution> executions =
                        List.of(bench.start(cached, JsonObject.EMPTY), bench.start(cached, JsonObject.EMPTY));
                crashes += crash(bench, executions, new Random(one));
                for (Execution execution : executions) {
                    Execution done = bench.rest(execution);
                    assertThat(output(done)).as("crashed, seed %d", one).isEqualTo(expected);
                    known += known(bench, done);
                }
            }
        }
        System.out.println("random caches: pass seed=" + seed + " evidence=" + ROUNDS + " graphs, " + crashes
                + " crashes, " + known + " results used again");
        assertThat(known).isPositive();
        assertThat(crashes).isPositive();
    }

    /** Lets one engine after the other carry the executions until it dies; how many have died. */
    private static int crash(Bench bench, List<Execution> executions, Random random) {
        int crashes = 0;
        while (executions.stream().anyMatch(one -> !RandomCrashTest.ended(bench, one))) {
            AtomicBoolean dead = new AtomicBoolean();
            AtomicInteger left =
                    new AtomicInteger(crashes >= MOST_CRASHES ? Integer.MAX_VALUE : 20 + random.nextInt(200));
            Runnable maybe = () -> {
                if (dead.get() || left.decrementAndGet() <= 0) {
                    dead.set(true);
                    throw new RandomCrashTest.Crash();
                }
            };
            Failpoints failpoints = name -> {
                // The test's own thread drains.
                if (!name.equals("draining")) {
                    maybe.run();
                }
            };
            NodeHandler handler = new FakeHandler(RandomCacheTest::work);
            ExecutionStore mortal = FaultyStore.of(bench.store, (moment, method) -> maybe.run());
            String owner = "engine-" + crashes;
            ExecutionEngine engine =
                    bench.engine(Bench.config(owner), bench.over(mortal, type -> Optional.of(handler)), failpoints);
            await().dontCatchUncaughtExceptions()
                    .pollInterval(Duration.ofMillis(2))
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> dead.get() || executions.stream().allMatch(one -> RandomCrashTest.ended(bench, one)));
            engine.abandon();
            if (dead.get()) {
                crashes++;
                bench.store.release(owner);
            }
        }
        return crashes;
    }
}
