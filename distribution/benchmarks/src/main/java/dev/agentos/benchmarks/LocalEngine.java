package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.Durability;
import dev.agentos.benchmarks.internal.Load;
import dev.agentos.benchmarks.internal.PostgresMeter;
import dev.agentos.benchmarks.internal.Rows;
import dev.agentos.benchmarks.internal.Usage;
import dev.agentos.benchmarks.internal.Window;
import dev.agentos.execution.EngineConfig;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEngine;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.Executions;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.Graphs;
import dev.agentos.graph.NodeHandler;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Json;
import dev.agentos.persistence.Database;
import dev.agentos.persistence.DatabaseConfig;
import dev.agentos.persistence.Hints.Hint;
import dev.agentos.postgres.DataDirectory;
import dev.agentos.postgres.EmbeddedPostgres;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Tenants;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** The runtime as the server wires it, in this process and on a PostgreSQL of its own, which the limits use as well. */
final class LocalEngine implements AutoCloseable {

    /**
     * Connections for the pools of the runtime and 64 of a limit beside them; and a log so long that a checkpoint,
     * which one contender has caused, rarely falls into the window of another.
     */
    private static final Map<String, String> SETTINGS =
            Map.of("max_connections", "150", "max_wal_size", "4GB", "checkpoint_timeout", "1h");

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int MOST_TRIES = 20;

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final Map<String, NodeHandler> handlers = new ConcurrentHashMap<>(StubNode.all());
    private final int concurrent;
    private final Rows rows;
    private final PostgresMeter meter;
    private final TenantId tenant;
    private final Graphs graphs;
    private final Executions executions;

    private LocalEngine(Path directory, int concurrent) {
        this.concurrent = concurrent;
        var ids = Ids.system();
        var clock = InstantSource.system();
        var data = keep(DataDirectory.open(directory, ids));
        var postgres = keep(EmbeddedPostgres.start(data, ids, SETTINGS));
        var database = keep(
                Database.open(new DatabaseConfig.External(postgres.url(), postgres.user(), postgres.password()), ids));
        rows = new Rows(
                postgres.url(),
                postgres.user(),
                postgres.password(),
                Json.writeBytes(Workload.input(Workload.STATE_BYTES)),
                Json.writeBytes(Workload.message(0)));
        rows.create();
        meter = keep(PostgresMeter.open(rows));
        tenant = new Tenants(database.tenantStore(), ids, clock)
                .create("benchmarks")
                .id();
        var store = database.graphStore();
        graphs = new Graphs(store, this::handler, ids, clock);
        executions = new Executions(database.executionStore(), store, this::handler, ids, clock);
        var usual = EngineConfig.of(data.nodeId());
        var engine = keep(new ExecutionEngine(
                new EngineConfig(
                        usual.owner(),
                        concurrent,
                        usual.lease(),
                        usual.poll(),
                        Duration.ZERO,
                        usual.patience(),
                        usual.mostCrashes()),
                executions,
                clock,
                new SecureRandom(),
                Failpoints.NONE));
        database.hints().subscribe(hint -> {
            switch (hint) {
                case Hint.Work() -> engine.wake();
                case Hint.Changed(var tenant, var id) -> executions.hint(tenant, id);
                case Hint.Steered(var tenant, var id) -> executions.hintSteered(tenant, id);
                case Hint.Plugins(), Hint.Policies(), Hint.Switches(), Hint.Collection _ -> {}
            }
        });
        engine.start();
    }

    /** Starts everything in a directory that is empty, for that many executions at a time. */
    static LocalEngine open(Path directory, int concurrent) {
        return new LocalEngine(directory, concurrent);
    }

    private <T extends AutoCloseable> T keep(T part) {
        opened.push(part);
        return part;
    }

    private Optional<NodeHandler> handler(String type) {
        return Optional.ofNullable(handlers.get(type));
    }

    /** Adds a node type, or replaces one. */
    void offer(String type, NodeHandler handler) {
        handlers.put(type, handler);
    }

    GraphReference save(GraphDefinition definition) {
        return graphs.save(tenant, definition.metadata().name(), Graphs.API, definition)
                .reference();
    }

    Rows rows() {
        return rows;
    }

    Usage.Meter meter() {
        return meter;
    }

    /** How many executions it carries on at a time. */
    int concurrent() {
        return concurrent;
    }

    /** Admits an execution and leaves it to itself. */
    Execution start(GraphReference graph, JsonObject input, Durability durability) {
        return persistently(() -> executions.start(tenant, durability.request(graph, input)));
    }

    /** Waits until an execution has come to rest in that state; any other is a failure of the benchmark. */
    void await(Execution started, ExecutionState wanted) {
        var rested = persistently(
                () -> executions.awaitRest(tenant, started.id(), PATIENCE).join());
        if (rested.state() != wanted) {
            throw new IllegalStateException("The execution is " + rested.state() + ": " + rested.failure());
        }
    }

    /** Asks again, as a client would, when too many ask at once for a slow disk; the time it takes counts. */
    private static <T> T persistently(Supplier<T> request) {
        for (var tries = 1; ; tries++) {
            try {
                return request.get();
            } catch (AgentOsException | CompletionException failure) {
                var cause = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
                var again = cause instanceof AgentOsException known
                        && known.errorCode().retriable();
                if (!again || tries == MOST_TRIES) {
                    throw failure;
                }
            }
        }
    }

    /** Executes a graph to its end. */
    long execute(GraphReference graph, JsonObject input, Durability durability) {
        await(start(graph, input, durability), ExecutionState.SUCCEEDED);
        return 1;
    }

    /** Measures a closed loop of clients that execute a graph to its end. */
    Window measure(
            GraphReference graph,
            JsonObject input,
            Durability durability,
            int clients,
            Duration ramp,
            Duration length) {
        return Load.measure(
                clients,
                Thread.ofVirtual().name("client-", 0).factory(),
                client -> execute(graph, input, durability),
                ramp,
                length,
                meter);
    }

    @Override
    public void close() {
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception failure) {
                throw new IllegalStateException("The benchmark's runtime did not stop cleanly", failure);
            }
        }
    }
}
