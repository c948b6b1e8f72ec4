package dev.agentos.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.agentos.execution.EngineConfig;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEngine;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.Executions;
import dev.agentos.execution.memory.MemoryExecutionStore;
import dev.agentos.graph.FakeGraphStore;
import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.GraphCompiler;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.graph.StoredGraph;
import dev.agentos.invocation.CallMeter;
import dev.agentos.invocation.HostCapabilities;
import dev.agentos.invocation.Invocation;
import dev.agentos.invocation.PolicyGate;
import dev.agentos.invocation.TenantPlugins;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.limits.Limits;
import dev.agentos.pluginruntime.FakePluginStateStore;
import dev.agentos.pluginruntime.PluginHost;
import dev.agentos.policy.KillSwitches;
import dev.agentos.scripting.ScriptEngine;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import dev.agentos.testkit.SyntheticJar;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Channels whose reducers come from a real plugin, in a real engine. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PluginReducerTest {

    private static final TenantId TENANT = new TenantId("tnt_reducers");
    private static final Duration LIMIT = Duration.ofSeconds(1);

    private final FakeGraphStore graphs = new FakeGraphStore();
    private final Ids ids = Ids.system();

    private PluginHost plugins;
    private Invocation invocation;
    private NodeHandlers nodes;
    private Executions executions;
    private ExecutionEngine engine;
    private Path folder;

    @BeforeAll
    void open(@TempDir Path temporary) {
        folder = temporary;
        plugins = new PluginHost(folder.resolve("data"));
        plugins.done(
                plugins.service.install(PluginHost.upload(jar("1.0.0", "write").writeTo(folder))));
        invocation = new Invocation(
                plugins.service.extensions(),
                new HostCapabilities(
                        new FakePluginStateStore(),
                        TenantPlugins.inMemory(plugins.service),
                        folder.resolve("workspace"),
                        InstantSource.system()),
                List.of(),
                PolicyGate.open(),
                Limits.inMemory().budgets(),
                CallMeter.NONE,
                LIMIT,
                KillSwitches.inMemory());
        nodes = new AgentNodes(invocation, plugins.service.extensions(), new ScriptEngine(1, 64L * 1024 * 1024));
        executions = new Executions(new MemoryExecutionStore(), graphs, nodes, ids, InstantSource.system());
        engine = new ExecutionEngine(
                EngineConfig.of("node"), executions, InstantSource.system(), new Random(), Failpoints.NONE);
        engine.start();
    }

    @AfterAll
    void close() {
        engine.close();
        invocation.close();
        plugins.close();
    }

    private static SyntheticJar jar(String version, String better) {
        return SyntheticJar.plugin("acme", version)
                .extension(
                        "synthetic.Best",
                        reducer(
                                "Best",
                                "best",
                                "return score(write) > score(current) ? @ : current;".replace("@", better)))
                .extension("synthetic.Thrower", reducer("Thrower", "thrower", """
                    if (score(write) < 0) { throw new IllegalStateException("below zero"); }
                    return write;
                    """))
                .extension("synthetic.Sleeper", reducer("Sleeper", "sleeper", """
                    if (score(write) > 0) {
                        try { Thread.sleep(60_000); } catch (InterruptedException e) { Thread.currentThread().interrupt(); }
                    }
                    return write;
                    """))
                .extension("synthetic.Nothing", reducer("Nothing", "nothing", "return null;"))
                .extension("synthetic.Wrong", reducer("Wrong", "wrong", "return JsonObject.of(\"score\", \"high\");"))
                .extension("synthetic.Large", reducer("Large", "large", """
                    return JsonObject.of("text", "x".repeat(5 << 20));
                    """))
                .extension("synthetic.Deep", reducer("Deep", "deep", """
                    JsonObject deep = JsonObject.EMPTY;
                    for (int i = 0; i < 100_000; i++) {
                        deep = new JsonObject(Map.of("x", deep));
                    }
                    return deep;
                    """))
                .extension("synthetic.Mutator", reducer("Mutator", "mutator", """
                    ((JsonObject) write).members().put("score", new JsonString("mine"));
                    return write;
                    """));
    }

    private static String reducer(String type, String name, String body) {
        return """
            package synthetic;

            import dev.agentos.spi.*;
            import java.util.*;

            @AgentOsExtension
            public final class @TYPE@ implements ChannelReducer {
                @Override
                public String reducer() { return "acme.@NAME@"; }

                @Override
                public String description() { return "For a test."; }

                @Override
                public JsonObject valueSchema() {
                    return JsonObject.of("type", "object",
                            "properties", Map.of("score", Map.of("type", "integer")));
                }

                @Override
                public JsonValue start() { return JsonObject.EMPTY; }

                @Override
                public boolean orderIndependent() { return true; }

                @Override
                public JsonValue reduce(JsonValue current, JsonValue write) {
                    @BODY@
                }

                private static int score(JsonValue value) {
                    return value instanceof JsonObject object
                            ? object.number("score").map(n -> n.value().intValue()).orElse(0) : 0;
                }
            }
            """.replace("@TYPE@", type).replace("@NAME@", name).replace("@BODY@", body);
    }

    /** Three nodes write their scores in one superstep. */
    private static GraphDefinition graph(String reducer) {
        return GraphDefinition.named("scores")
                .channel("best", "object", reducer)
                .channel("given", "array", "last")
                .node("fan", "dispatch", JsonObject.of("items", "given", "node", "work"))
                .node("work", "transform", JsonObject.of("set", JsonObject.of("best", "input")))
                .edge("START", "fan")
                .edge("work", "END")
                .build();
    }

    private Execution start(String reducer, List<Map<String, Object>> given) {
        GraphDefinition graph = graph(reducer);
        GraphCompiler.compile(graph, nodes);
        JsonObject definition = GraphCodec.write(graph);
        StoredGraph stored = graphs.save(
                TENANT,
                new StoredGraph(
                        new GraphReference(ids.next("gra"), 1),
                        "scores-" + reducer,
                        "api",
                        GraphCodec.digest(definition),
                        definition,
                        Instant.now()));
        return executions.start(
                TENANT,
                new ExecutionRequest(
                        Optional.empty(),
                        stored.reference(),
                        JsonObject.of("given", given),
                        JsonObject.EMPTY,
                        0,
                        Optional.empty(),
                        ExecutionRequest.Durability.SYNC));
    }

    private Execution rest(Execution execution) {
        return executions
                .awaitRest(TENANT, execution.id(), Duration.ofSeconds(30))
                .orTimeout(40, TimeUnit.SECONDS)
                .join();
    }

    private Execution run(String reducer, Integer... scores) {
        return rest(start(reducer, scored(scores)));
    }

    private static List<Map<String, Object>> scored(Integer... scores) {
        return List.of(scores).stream()
                .map(score -> Map.<String, Object>of("score", score))
                .toList();
    }

    private void failsClearly(String reducer, String because, Integer... scores) {
        // Beside it another one goes on as if nothing were.
        Execution other = start("acme.best", scored(1, 2));
        Execution ended = run(reducer, scores);
        assertThat(ended.state()).as("%s", ended).isEqualTo(ExecutionState.FAILED);
        Failure failure = ended.failure().orElseThrow();
        assertThat(failure.code()).isEqualTo("graph:REDUCER_FAILED");
        assertThat(failure.message())
                .contains("Channel 'best'", "'work'", "'" + reducer + "'", "plugin acme 1.0.0", because);
        Execution unharmed = rest(other);
        assertThat(unharmed.state()).as("%s", unharmed).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(unharmed.output().orElseThrow().object("best")).contains(JsonObject.of("score", 2));
    }

    @Test
    void mergesWhatTheTasksOfASuperstepWrite() {
        Execution ended = run("acme.best", 3, 9, 4);
        assertThat(ended.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(ended.output().orElseThrow().object("best")).contains(JsonObject.of("score", 9));
    }

    @Test
    void aReducerThatThrowsFailsItsExecution() {
        failsClearly("acme.thrower", "below zero", 1, -1);
    }

    @Test
    void aReducerThatBlocksFailsItsExecutionAtItsLimit() {
        failsClearly("acme.sleeper", "took too long", 1);
    }

    @Test
    void aReducerThatAnswersNothingFailsItsExecution() {
        failsClearly("acme.nothing", "no answer", 1);
    }

    @Test
    void aResultOfTheWrongSchemaFailsItsExecution() {
        failsClearly("acme.wrong", "schema", 1);
    }

    @Test
    void aResultThatIsTooLargeFailsItsExecution() {
        failsClearly("acme.large", "more than 4194304 bytes", 1);
    }

    @Test
    void aResultThatIsNestedTooDeepFailsItsExecution() {
        failsClearly("acme.deep", "deep", 1);
    }

    @Test
    void aReducerCannotChangeWhatItIsGiven() {
        failsClearly("acme.mutator", "UnsupportedOperationException", 1);
    }

    @Test
    void aGraphWithAReducerThatNobodyOffersIsRefused() {
        assertThat(catchThrowableOfType(
                                InvalidInputException.class, () -> GraphCompiler.compile(graph("acme.missing"), nodes))
                        .faults())
                .singleElement()
                .satisfies(fault -> {
                    assertThat(fault.pointer()).isEqualTo("/channels/best/reducer");
                    assertThat(fault.message()).contains("'acme.missing'", "no started plugin offers it");
                });
    }

    @Test
    void aSwappedReducerIsUsedFromTheNextWriteOn(@TempDir Path other) {
        try (PluginHost host = new PluginHost(other.resolve("data"))) {
            host.done(
                    host.service.install(PluginHost.upload(jar("1.0.0", "write").writeTo(other))));
            NodeHandlers types =
                    new AgentNodes(invocation, host.service.extensions(), new ScriptEngine(1, 64L * 1024 * 1024));
            assertThat(types.reducer("acme.best").orElseThrow().description()).contains("acme 1.0.0");
            host.done(host.service.swap(
                    "acme",
                    PluginHost.upload(
                            jar("1.1.0", "JsonObject.of(\"score\", 7)").writeTo(other))));
            assertThat(types.reducer("acme.best").orElseThrow().description()).contains("acme 1.1.0");
            host.done(host.service.uninstall("acme", false));
            assertThat(types.reducer("acme.best")).isEmpty();
        }
    }
}
