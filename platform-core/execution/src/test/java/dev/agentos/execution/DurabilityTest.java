package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.execution.ExecutionRequest.Durability;
import dev.agentos.graph.FakeHandler;
import dev.agentos.graph.NodeCall;
import dev.agentos.kernel.Failpoints;
import dev.agentos.spi.Effect;
import dev.agentos.spi.GraphBuilder;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each durability promises, and what tells it from the others. */
class DurabilityTest {

    private final Bench bench = new Bench();
    private final SlowDisk disk = new SlowDisk();
    private final List<String> begun = new CopyOnWriteArrayList<>();
    /** Whether what comes last does not end. */
    private final AtomicBoolean hangs = new AtomicBoolean();

    @AfterEach
    void close() {
        disk.open();
        bench.close();
    }

    private JsonObject work(NodeCall call) throws InterruptedException {
        begun.add(call.node().id());
        if (call.node().id().equals("last") && hangs.get()) {
            new CountDownLatch(1).await();
        }
        return JsonObject.of("log", call.node().id());
    }

    /** A line of those nodes: {@code ask} asks a person, {@code effect} and {@code last} can be seen from outside. */
    private GraphDefinition line(String... nodes) {
        bench.handler("pure", this::work);
        bench.handlers.put("effect", new FakeHandler(this::work).with(Effect.IDEMPOTENT));
        GraphBuilder graph =
                GraphDefinition.named("line").channel("log", "array", "append").channel("answer", "string", "last");
        String before = "START";
        for (String node : nodes) {
            switch (node) {
                case "ask" -> graph.node(node, "human", JsonObject.of("prompt", "Go on?", "output", "answer"));
                case "effect", "last" -> graph.node(node, "effect", JsonObject.EMPTY);
                default -> graph.node(node, "pure", JsonObject.EMPTY);
            }
            graph.edge(before, node);
            before = node;
        }
        return graph.build();
    }

    private Execution start(Durability durability, String... nodes) {
        return bench.start(line(nodes), JsonObject.EMPTY, Optional.empty(), durability);
    }

    /** What began before the first wait for the disk, and which checkpoints were given to it meanwhile. */
    @ParameterizedTest
    @CsvSource({"BARRIER,one,''", "SYNC,one two,1", "ASYNC,one two effect,1 2", "EXIT,one two effect,''"})
    void waitsForTheDiskWhereItPromisesTo(Durability durability, String before, String given)
            throws InterruptedException {
        bench.engine(Bench.config("a"), bench.over(disk.of(bench.store)), Failpoints.NONE);
        Execution execution = start(durability, "one", "two", "effect");
        disk.awaited.await();
        assertThat(String.join(" ", begun)).isEqualTo(before);
        assertThat(disk.appended().stream()
                        .flatMap(entry -> entry.checkpoint().stream())
                        .map(checkpoint -> String.valueOf(checkpoint.number())))
                .isEqualTo(given.isEmpty() ? List.of() : List.of(given.split(" ")));
        disk.open();
        assertThat(bench.rest(execution).state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(begun).containsExactly("one", "two", "effect");
    }

    /** All was stored that was given to the disk; only who keeps checkpoints back begins behind the person's answer. */
    @ParameterizedTest
    @CsvSource({"BARRIER,last", "SYNC,last", "ASYNC,last", "EXIT,two effect last"})
    void beginsBehindACrashWhereItPromisesTo(Durability durability, String again) {
        hangs.set(true);
        ExecutionEngine first = bench.engine("first");
        Execution execution = start(durability, "one", "ask", "two", "effect", "last");
        assertThat(bench.rest(execution).state()).isEqualTo(ExecutionState.WAITING);
        int waiting = bench.latest(execution).number();
        bench.executions.resume(
                Bench.TENANT,
                execution.id(),
                new Command(Map.of(), Optional.of(new JsonString("yes")), JsonObject.EMPTY, List.of()));
        await().until(() -> begun.contains("last"));
        await().until(() -> bench.events(execution).stream()
                .anyMatch(event -> event.draft().type().equals("task.started")
                        && event.draft().node().equals(Optional.of("last"))));
        assertThat(bench.latest(execution).number()).isEqualTo(durability == Durability.EXIT ? waiting : waiting + 3);

        assertThat(behindACrash(first, execution)).containsExactly(again.split(" "));
    }

    @Test
    void asyncRepeatsTheEffectsThatWereNotDurableYet() throws InterruptedException {
        hangs.set(true);
        ExecutionEngine first = bench.engine(Bench.config("first"), bench.over(disk.of(bench.store)), Failpoints.NONE);
        Execution execution = start(Durability.ASYNC, "one", "effect", "last");
        await().until(() -> begun.contains("last"));
        assertThat(disk.awaited.getCount()).as("nobody waited for the disk").isEqualTo(1);
        assertThat(behindACrash(first, execution)).containsExactly("one", "effect", "last");
    }

    /** What begins when another server carries on. */
    private List<String> behindACrash(ExecutionEngine first, Execution execution) {
        first.abandon();
        hangs.set(false);
        int before = begun.size();
        bench.store.release("first");
        bench.engine("second");
        assertThat(bench.rest(execution).state()).isEqualTo(ExecutionState.SUCCEEDED);
        return new ArrayList<>(begun).subList(before, begun.size());
    }
}
