package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.execution.ExecutionRequest.Durability;
import dev.agentos.execution.memory.MemoryExecutionStore;
import dev.agentos.graph.Channels;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.FakeGraphStore;
import dev.agentos.graph.FakeHandler;
import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.GraphCompiler;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.NodeHandler;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.graph.StoredGraph;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Ids;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** A store, node types and engines to try executions on. */
final class Bench implements AutoCloseable {

    static final TenantId TENANT = new TenantId("tnt_bench");

    final ExecutionStore store;
    final FakeGraphStore graphs = new FakeGraphStore();
    final Map<String, NodeHandler> handlers = new ConcurrentHashMap<>();
    final Map<String, Channels.Custom> reducers = new ConcurrentHashMap<>();
    final NodeHandlers types = new NodeHandlers() {
        @Override
        public Optional<NodeHandler> find(String type) {
            return Optional.ofNullable(handlers.get(type));
        }

        @Override
        public Optional<Channels.Custom> reducer(String name) {
            return Optional.ofNullable(reducers.get(name));
        }
    };
    final Ids ids = Ids.system();
    final Executions executions;
    private final List<ExecutionEngine> engines = new ArrayList<>();

    Bench() {
        this(new MemoryExecutionStore());
    }

    Bench(ExecutionStore store) {
        this.store = store;
        this.executions = over(store);
    }

    Executions over(ExecutionStore seen) {
        return over(seen, types);
    }

    Executions over(ExecutionStore seen, NodeHandlers types) {
        return new Executions(seen, graphs, types, ids, InstantSource.system());
    }

    static EngineConfig config(String owner) {
        return new EngineConfig(
                owner,
                16,
                Duration.ofSeconds(5),
                Duration.ofMillis(50),
                Duration.ofMillis(500),
                Duration.ofMillis(400),
                1_000);
    }

    ExecutionEngine engine(String owner) {
        return engine(config(owner), executions, Failpoints.NONE);
    }

    ExecutionEngine engine(EngineConfig config, Executions seen, Failpoints failpoints) {
        return engine(config, seen, failpoints, new Random());
    }

    ExecutionEngine engine(EngineConfig config, Executions seen, Failpoints failpoints, RandomGenerator random) {
        ExecutionEngine engine = new ExecutionEngine(config, seen, InstantSource.system(), random, failpoints);
        engines.add(engine);
        engine.start();
        return engine;
    }

    Bench handler(String type, FakeHandler.Work work) {
        handlers.put(type, new FakeHandler(work));
        return this;
    }

    Execution start(GraphDefinition graph, JsonObject input) {
        return start(graph, input, Optional.empty());
    }

    Execution start(GraphDefinition graph, JsonObject input, Optional<Instant> deadline) {
        return start(graph, input, deadline, Durability.SYNC);
    }

    Execution start(GraphDefinition graph, JsonObject input, Optional<Instant> deadline, Durability durability) {
        GraphCompiler.compile(graph, types);
        GraphReference saved = save(new GraphReference(ids.next("gra"), 1), graph);
        return executions.start(
                TENANT,
                new ExecutionRequest(Optional.empty(), saved, input, JsonObject.EMPTY, 0, deadline, durability));
    }

    /** Another version of a graph. */
    GraphReference deploy(GraphReference old, GraphDefinition graph) {
        GraphReference saved = save(old, graph);
        assertThat(saved.graph()).isEqualTo(old.graph());
        return saved;
    }

    private GraphReference save(GraphReference reference, GraphDefinition graph) {
        JsonObject definition = GraphCodec.write(graph);
        return graphs.save(
                        TENANT,
                        new StoredGraph(
                                reference,
                                graph.metadata().name(),
                                "api",
                                GraphCodec.digest(definition),
                                definition,
                                Instant.now()))
                .reference();
    }

    /** Waits until it has ended or waits for an answer. */
    Execution rest(Execution execution) {
        return executions
                .awaitRest(TENANT, execution.id(), Duration.ofSeconds(30))
                .orTimeout(40, TimeUnit.SECONDS)
                .join();
    }

    Execution run(GraphDefinition graph, JsonObject input) {
        return rest(start(graph, input));
    }

    List<ExecutionEvent> events(Execution execution) {
        List<ExecutionEvent> events = new ArrayList<>();
        List<ExecutionEvent> read = store.events(TENANT, execution.id(), 0, 100_000);
        while (!read.isEmpty()) {
            events.addAll(read);
            read = store.events(TENANT, execution.id(), read.getLast().sequence(), 100_000);
        }
        assertThat(events)
                .extracting(ExecutionEvent::sequence)
                .containsExactlyElementsOf(IntStream.rangeClosed(1, events.size())
                        .mapToObj(Long::valueOf)
                        .toList());
        return events;
    }

    List<String> types(Execution execution) {
        return events(execution).stream().map(event -> event.draft().type()).toList();
    }

    Checkpoint latest(Execution execution) {
        return store.findCheckpoint(TENANT, execution.id(), Optional.empty()).orElseThrow();
    }

    @Override
    public void close() {
        engines.forEach(ExecutionEngine::close);
    }
}
