package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.Durability;
import dev.agentos.benchmarks.internal.Load;
import dev.agentos.benchmarks.internal.Usage;
import dev.agentos.benchmarks.internal.Window;
import dev.agentos.execution.EngineConfig;
import dev.agentos.execution.ExecutionEngine;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.Executions;
import dev.agentos.execution.memory.MemoryExecutionStore;
import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.GraphStore;
import dev.agentos.graph.StoredGraph;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** The whole runtime on a store in memory: what it costs without a database. */
final class MemoryEngine implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final TenantId TENANT = new TenantId("tnt_benchmarks");

    private final Ids ids = Ids.system();
    private final InstantSource clock = InstantSource.system();
    private final KnownGraphs graphs = new KnownGraphs();
    private final Executions executions;
    private final ExecutionEngine engine;

    /**
     * An engine for that many executions at a time.
     *
     * @param kept how many that have ended are kept, so that a long run does not fill the memory
     */
    MemoryEngine(int concurrent, int kept) {
        executions = new Executions(new MemoryExecutionStore(clock, kept), graphs, StubNode.handlers(), ids, clock);
        var usual = EngineConfig.of("memory");
        engine = new ExecutionEngine(
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
                Failpoints.NONE);
        engine.start();
    }

    GraphReference save(GraphDefinition definition) {
        var document = GraphCodec.write(definition);
        return graphs.save(
                        TENANT,
                        new StoredGraph(
                                new GraphReference(ids.next("gra"), 1),
                                definition.metadata().name(),
                                "api",
                                GraphCodec.digest(document),
                                document,
                                clock.instant()))
                .reference();
    }

    /** Measures a closed loop of clients that execute a graph to its end. */
    Window measure(GraphReference graph, JsonObject input, int clients, Duration ramp, Duration length) {
        return Load.measure(
                clients,
                Thread.ofVirtual().name("client-", 0).factory(),
                client -> execute(graph, input),
                ramp,
                length,
                Usage.Meter.NONE);
    }

    private long execute(GraphReference graph, JsonObject input) {
        var started = executions.start(TENANT, Durability.BARRIER.request(graph, input));
        try {
            var rested = executions.awaitRest(TENANT, started.id(), PATIENCE).join();
            if (rested.state() != ExecutionState.SUCCEEDED) {
                throw new IllegalStateException("The execution is " + rested.state() + ": " + rested.failure());
            }
        } catch (CompletionException e) {
            // Only what has ended is forgotten: the client got no processor while as many others ended as are kept.
            if (!(e.getCause() instanceof AgentOsException unknown)
                    || unknown.errorCode() != GraphErrorCode.UNKNOWN_EXECUTION) {
                throw e;
            }
        }
        return 1;
    }

    @Override
    public void close() {
        engine.close();
    }

    /** The graphs of a benchmark, each in its only version. */
    private static final class KnownGraphs implements GraphStore {
        private final Map<GraphReference, StoredGraph> known = new ConcurrentHashMap<>();

        @Override
        public StoredGraph save(TenantId tenant, StoredGraph candidate) {
            known.put(candidate.reference(), candidate);
            return candidate;
        }

        @Override
        public Optional<StoredGraph> find(TenantId tenant, GraphReference reference) {
            return Optional.ofNullable(known.get(reference));
        }

        @Override
        public Optional<StoredGraph> latest(TenantId tenant, String graph) {
            return known.values().stream()
                    .filter(one -> one.reference().graph().equals(graph))
                    .findFirst();
        }

        @Override
        public Optional<StoredGraph> latestByName(TenantId tenant, String name) {
            return known.values().stream()
                    .filter(one -> one.name().equals(name))
                    .findFirst();
        }

        @Override
        public Optional<GraphReference> reference(TenantId tenant, String idOrName, Optional<Integer> version) {
            return latest(tenant, idOrName)
                    .or(() -> latestByName(tenant, idOrName))
                    .map(StoredGraph::reference)
                    .filter(found -> version.isEmpty() || version.get() == found.version());
        }

        @Override
        public Set<String> ids(TenantId tenant, Collection<String> names) {
            return known.values().stream()
                    .filter(one -> names.contains(one.name()))
                    .map(one -> one.reference().graph())
                    .collect(Collectors.toSet());
        }

        @Override
        public Map<String, String> names(TenantId tenant, Collection<String> ids) {
            return known.values().stream()
                    .filter(one -> ids.contains(one.reference().graph()))
                    .collect(Collectors.toMap(one -> one.reference().graph(), StoredGraph::name));
        }

        @Override
        public Page<StoredGraph.Version> list(TenantId tenant, String origin, PageRequest request) {
            return new Page<>(known.values().stream().map(StoredGraph::version).toList(), Optional.empty());
        }

        @Override
        public Page<StoredGraph.Version> versions(TenantId tenant, String graph, PageRequest request) {
            return new Page<>(
                    latest(tenant, graph).stream().map(StoredGraph::version).toList(), Optional.empty());
        }

        @Override
        public boolean delete(TenantId tenant, String graph) {
            return known.keySet().removeIf(one -> one.graph().equals(graph));
        }
    }
}
