package dev.agentos.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.agentos.execution.EngineConfig;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEngine;
import dev.agentos.execution.ExecutionEvent;
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
import dev.agentos.invocation.TenantPlugins;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.Yaml;
import dev.agentos.pluginruntime.FakePluginStateStore;
import dev.agentos.pluginruntime.PluginHost;
import dev.agentos.scripting.ScriptEngine;
import dev.agentos.spi.Effect;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.NodeLayout;
import dev.agentos.spi.RetryPolicy;
import dev.agentos.tenancy.TenantId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Scripts in executions: a real engine, a real plugin with tools. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CodeNodeTest {

    private static final TenantId TENANT = new TenantId("tnt_code");

    private final FakeGraphStore graphs = new FakeGraphStore();
    private final MemoryExecutionStore store = new MemoryExecutionStore();
    private final Ids ids = Ids.system();

    private PluginHost plugins;
    private Invocation invocation;
    private NodeHandlers nodes;
    private Executions executions;
    private ExecutionEngine engine;

    private final List<ScriptRefusals.Refusal> refusals = new CopyOnWriteArrayList<>();

    @BeforeAll
    void open(@TempDir Path folder) {
        Path data = folder.resolve("data");
        plugins = new PluginHost(data);
        plugins.done(plugins.service.install(PluginHost.upload(CodeTools.jar().writeTo(folder))));
        invocation = new Invocation(
                plugins.service.extensions(),
                new HostCapabilities(
                        new FakePluginStateStore(),
                        TenantPlugins.inMemory(plugins.service),
                        data.resolve("workspace"),
                        InstantSource.system()),
                List.of(),
                CallMeter.NONE);
        nodes = new AgentNodes(
                invocation, plugins.service.extensions(), new ScriptEngine(2, 64L * 1024 * 1024), refusals::add);
        executions = new Executions(store, graphs, nodes, ids, InstantSource.system());
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

    private static NodeDefinition node(String config) {
        return node(Json.parseObject(config), Optional.empty(), Optional.empty());
    }

    private static NodeDefinition node(JsonObject config, Optional<RetryPolicy> retry, Optional<Duration> timeout) {
        return new NodeDefinition("work", "code", config, NodeLayout.NONE, retry, timeout);
    }

    private static NodeDefinition source(String source, String... tools) {
        JsonObject config = JsonObject.of("source", source, "tools", List.of(tools));
        return node(config, Optional.empty(), Optional.empty());
    }

    private static GraphDefinition graph(NodeDefinition node) {
        return GraphDefinition.named("script")
                .channel("given", "any", "last")
                .channel("other", "any", "last")
                .channel("out", "any", "last")
                .node(node)
                .edge("START", "work")
                .build();
    }

    private Execution start(NodeDefinition node, JsonObject input) {
        GraphDefinition graph = graph(node);
        GraphCompiler.compile(graph, nodes);
        JsonObject definition = GraphCodec.write(graph);
        StoredGraph stored = graphs.save(
                TENANT,
                new StoredGraph(
                        new GraphReference(ids.next("gra"), 1),
                        graph.metadata().name(),
                        "api",
                        GraphCodec.digest(definition),
                        definition,
                        Instant.now()));
        return executions.start(
                TENANT,
                new ExecutionRequest(
                        Optional.empty(),
                        stored.reference(),
                        input,
                        JsonObject.EMPTY,
                        0,
                        Optional.empty(),
                        ExecutionRequest.Durability.SYNC));
    }

    private Execution rest(Execution execution) {
        return executions
                .awaitRest(TENANT, execution.id(), Duration.ofSeconds(60))
                .orTimeout(70, TimeUnit.SECONDS)
                .join();
    }

    private JsonObject output(NodeDefinition node, JsonObject input) {
        Execution done = rest(start(node, input));
        assertThat(done.state()).as(String.valueOf(done.failure())).isEqualTo(ExecutionState.SUCCEEDED);
        return done.output().orElseThrow();
    }

    private Failure failure(NodeDefinition node) {
        Execution done = rest(start(node, JsonObject.EMPTY));
        assertThat(done.state()).as(String.valueOf(done.output())).isEqualTo(ExecutionState.FAILED);
        return done.failure().orElseThrow();
    }

    private List<JsonObject> custom(Execution execution, String name) {
        return executions.events(TENANT, execution.id(), 0, 1000).stream()
                .map(event -> event.draft())
                .filter(draft -> draft.type().equals(ExecutionEvent.CUSTOM))
                .map(ExecutionEvent.Draft::data)
                .filter(data -> data.text("name").orElse("").equals(name))
                .map(data -> data.object("data").orElseThrow())
                .toList();
    }

    @Test
    void writesWhatTheScriptReturns() {
        NodeDefinition node = source("return { out: state.given.map(x => x * 2), other: undefined }");
        assertThat(output(node, Json.parseObject("{\"given\":[1,2.5]}")))
                .isEqualTo(Json.parseObject("{\"given\":[1,2.5],\"out\":[2,5]}"));
        assertThat(output(source(""), JsonObject.EMPTY)).isEqualTo(JsonObject.EMPTY);
    }

    @Test
    void showsOnlyTheChannelsOfItsInput() {
        JsonObject input = JsonObject.of("given", 1, "other", 2);
        assertThat(output(node("{\"source\":\"return { out: state }\",\"input\":[\"given\",\"absent\"]}"), input)
                        .member("out"))
                .contains(JsonObject.of("given", 1));
        assertThat(output(source("return { out: state }"), input).member("out")).contains(input);
    }

    @Test
    void callsToolsWithAnIdempotencyKeyEach() {
        Execution done = rest(start(
                source(
                        "const a = tools['bench.echo']({ n: 1 });\nconst b = await call('bench.echo', { n: 2 });\n"
                                + "return { out: [a.arguments, a.key, b.key, a.tenant] }",
                        "bench.echo"),
                JsonObject.EMPTY));
        JsonObject output = done.output().orElseThrow();
        assertThat(output.array("out").orElseThrow().items().getFirst()).isEqualTo(JsonObject.of("n", 1));
        String first = output.array("out").orElseThrow().items().get(1).toString();
        assertThat(first).startsWith("\"" + done.id().value() + "/").endsWith("/call-1\"");
        assertThat(output.array("out").orElseThrow().items().get(2).toString())
                .isEqualTo(first.replace("call-1", "call-2"));
        assertThat(output.array("out").orElseThrow().items().get(3).toString()).isEqualTo("\"tnt_code\"");
    }

    @Test
    void computesTheSameInARepeatedAttempt() {
        String source = "console.log(Math.random(), Date.now());\nreturn { out: tools['bench.weak']({}) }";
        RetryPolicy retry = new RetryPolicy(3, Duration.ofMillis(10), 1, Duration.ofMillis(10));
        Execution done = rest(start(
                node(
                        JsonObject.of("source", source, "tools", List.of("bench.weak")),
                        Optional.of(retry),
                        Optional.empty()),
                JsonObject.EMPTY));
        assertThat(done.state()).as(String.valueOf(done.failure())).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(done.output().orElseThrow().text("out").orElseThrow()).endsWith("/call-1");
        assertThat(custom(done, "log"))
                .hasSize(2)
                .satisfies(logs -> assertThat(logs.get(0)).isEqualTo(logs.get(1)));
    }

    @Test
    void refusesToolsThatItsNodeDoesNotName() {
        Execution done = rest(start(
                source("try { call('bench.change', {}) } catch (e) { return { out: 'caught' } }", "bench.echo"),
                JsonObject.EMPTY));
        assertThat(done.failure().orElseThrow().code()).isEqualTo("tool:TOOL_NOT_ALLOWED");
        assertThat(custom(done, "refused")).singleElement().satisfies(data -> {
            assertThat(data.text("code")).contains("tool:TOOL_NOT_ALLOWED");
            assertThat(data.text("message").orElseThrow()).contains("bench.change");
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "require('fs').readFileSync('/etc/passwd')|'require'",
                "await fetch('http://localhost:1')|'fetch'",
                "Java.type('java.lang.Runtime')|'Java'",
                "await import('os')|'os'",
            })
    void refusesFilesNetworkAndClassesAndSaysSo(String source, String word) {
        Execution done = rest(start(source(source), JsonObject.EMPTY));
        assertThat(done.failure().orElseThrow().code()).isEqualTo("script:FORBIDDEN");
        assertThat(done.failure().orElseThrow().message()).contains(word);
        assertThat(custom(done, "refused"))
                .singleElement()
                .satisfies(data -> assertThat(data.text("code")).contains("script:FORBIDDEN"));
        assertThat(refusals)
                .filteredOn(refusal -> refusal.execution().equals(done.id()))
                .singleElement()
                .satisfies(refusal -> {
                    assertThat(refusal.tenant()).isEqualTo(done.tenant());
                    assertThat(refusal.node()).isEqualTo("work");
                    assertThat(refusal.message()).contains(word);
                });
    }

    @Test
    void letsScriptsCatchWhatAToolSaysIsWrong() {
        NodeDefinition node =
                source("try { tools['bench.echo']({ n: 'x' }) } catch (e) { return { out: e.code } }", "bench.echo");
        assertThat(output(node, JsonObject.EMPTY).text("out")).contains("tool:INVALID_ARGUMENTS");
        assertThat(failure(source("tools['bench.echo'](1)", "bench.echo")).code())
                .isEqualTo("tool:INVALID_ARGUMENTS");
    }

    @Test
    void endsALoopWhileOthersGoOn() {
        Execution endless = start(node("{\"source\":\"for (;;);\",\"limits\":{\"time\":\"PT2S\"}}"), JsonObject.EMPTY);
        for (int i = 0; i < 5; i++) {
            assertThat(output(source("return { out: 1 }"), JsonObject.EMPTY).member("out"))
                    .isPresent();
        }
        assertThat(rest(endless).failure().orElseThrow().code()).isEqualTo("script:TIME_EXCEEDED");
    }

    @Test
    void endsWithTheTimeOfItsNode() throws InterruptedException {
        JsonObject config = JsonObject.of("source", "for (;;);", "limits", JsonObject.of("time", "PT60S"));
        NodeDefinition node = node(
                config,
                Optional.of(new RetryPolicy(1, Duration.ZERO, 1, Duration.ZERO)),
                Optional.of(Duration.ofMillis(500)));
        assertThat(failure(node).code()).isEqualTo("graph:NODE_TIMEOUT");
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("script")) {
                assertThat(thread.join(Duration.ofSeconds(20))).isTrue();
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "return [1]|script:INVALID_RESULT",
                "return 'x'|script:INVALID_RESULT",
                "return { out: NaN }|script:INVALID_RESULT",
                "return { absent: 1 }|graph:INVALID_WRITE",
                "throw new Error('own')|script:FAILED",
                "await new Promise(() => {})|script:NEVER_SETTLED",
                "const f = () => f(); f()|script:STACK_EXCEEDED",
                "const a = []; for (;;) a.push(new Uint8Array(1e6))|script:MEMORY_EXCEEDED",
            })
    void failsTheExecutionWithACodeOfItsOwn(String source, String code) {
        Failure failure = failure(source(source));
        assertThat(failure.code()).as(failure.message()).isEqualTo(code);
        assertThat(failure.message()).doesNotContain("java.", "dev.agentos", "\n");
        assertThat(failure.action()).isNotEmpty();
    }

    @Test
    void takesExpressionsInItsInputAsData() {
        List<String> evil = List.of(
                "${7*7}",
                "{{7*7}}",
                "#{T(java.lang.Runtime)}",
                "'); require('fs'); ('",
                "`${state}`",
                "</script>",
                "\u2028\u2029",
                "\\u0041",
                "__proto__",
                "*/ for(;;); /*",
                "state.given",
                "\"}); return { out: 1 }; //");
        JsonObject out = output(source("return { out: state.given }"), JsonObject.of("given", evil));
        assertThat(out.member("out")).isEqualTo(out.member("given"));
    }

    private List<Fault> faults(NodeDefinition node) {
        InvalidInputException e =
                catchThrowableOfType(InvalidInputException.class, () -> GraphCompiler.compile(graph(node), nodes));
        return e == null ? List.of() : e.faults();
    }

    @Test
    void findsSyntaxErrorsWhenAGraphIsCompiled() {
        assertThat(faults(source("const a = 1;\nreturn { out: a +* 2 }")))
                .singleElement()
                .satisfies(fault -> {
                    assertThat(fault.pointer()).isEqualTo("/nodes/0/config/source");
                    assertThat(fault.message())
                            .isEqualTo("Node 'work': Line 2, column 18: unexpected token in expression: '*'.");
                });
        assertThat(faults(source("return 1 }"))).hasSize(1);
        assertThat(faults(source("return " + "(".repeat(50_000)))).hasSize(1);
        assertThat(faults(source("for (;;);"))).isEmpty();
    }

    @Test
    void checksSettingsWhenAGraphIsCompiled() {
        assertThat(faults(node("{}"))).extracting(Fault::pointer).containsExactly("/nodes/0/config/source");
        assertThat(faults(node("""
            {"source":"", "language":"python", "tools":["a", 1], "input":"given",
             "limits":{"memoryBytes":1, "time":"5s", "toolCalls":1.5, "outputBytes":1e99, "stack":1}}
            """)))
                .extracting(Fault::pointer)
                .containsExactlyInAnyOrder(
                        "/nodes/0/config/language",
                        "/nodes/0/config/tools/0",
                        "/nodes/0/config/tools/1",
                        "/nodes/0/config/input",
                        "/nodes/0/config/limits/memoryBytes",
                        "/nodes/0/config/limits/time",
                        "/nodes/0/config/limits/toolCalls",
                        "/nodes/0/config/limits/outputBytes",
                        "/nodes/0/config/limits/stack");
        assertThat(faults(node("{\"source\":\"\",\"limits\":{\"time\":\"PT61S\"}}")))
                .hasSize(1);
        assertThat(faults(node("""
            {"source":"", "limits":{"memoryBytes":67108864, "time":"PT60S", "toolCalls":0,
             "outputBytes":2}}
            """))).isEmpty();
    }

    @Test
    void findsToolsAndModelsThatNobodyOffers() {
        JsonObject chat = Json.parseObject("""
            {"prompt": "x", "output": "out", "model": "none/some", "tools": ["no.tool"]}
            """);
        assertThat(faults(typed("llm", chat)))
                .extracting(fault -> fault.pointer() + " " + fault.code())
                .containsExactlyInAnyOrder(
                        "/nodes/0/config/model model:UNKNOWN_MODEL", "/nodes/0/config/tools/0 tool:UNKNOWN_TOOL");
        assertThat(faults(typed("tool", Json.parseObject("{\"tool\": \"no.tool\", \"output\": \"out\"}"))))
                .singleElement()
                .satisfies(fault -> {
                    assertThat(fault.pointer()).isEqualTo("/nodes/0/config/tool");
                    assertThat(fault.message()).contains("Node 'work': There is no tool 'no.tool'.");
                });
    }

    private static NodeDefinition typed(String type, JsonObject config) {
        return new NodeDefinition("work", type, config, NodeLayout.NONE, Optional.empty(), Optional.empty());
    }

    @Test
    void theReferenceShowsANodeThatCompiles() throws IOException {
        String page = Files.readString(Path.of("../../docs/reference/graphs.md"));
        int begin = page.indexOf("```yaml\n") + 8;
        String yaml = page.substring(begin, page.indexOf("\n```\n", begin));
        JsonObject shown = (JsonObject) ((JsonArray) Yaml.parse(yaml)).items().getFirst();
        assertThat(shown.text("type")).contains("code");
        assertThat(nodes.find("code")
                        .orElseThrow()
                        .check(
                                node(shown.object("config").orElseThrow(), Optional.empty(), Optional.empty()),
                                GraphCompiler.compile(graph(source("")), nodes).expressions()))
                .as("its tool is not installed here")
                .extracting(Fault::code)
                .containsOnly("tool:UNKNOWN_TOOL");
    }

    @Test
    void hasTheStrongestEffectOfItsTools() {
        var handler = nodes.find("code").orElseThrow();
        assertThat(handler.effect(source(""))).isEqualTo(Effect.PURE);
        assertThat(handler.effect(source("", "bench.echo"))).isEqualTo(Effect.PURE);
        assertThat(handler.effect(source("", "bench.echo", "bench.weak"))).isEqualTo(Effect.IDEMPOTENT);
        assertThat(handler.effect(source("", "bench.change", "bench.weak"))).isEqualTo(Effect.NON_IDEMPOTENT);
    }

    @Test
    void makesTheCallsThatItsLimitsAllow() {
        String config = "{\"source\":\"for (let i = 0; i < 3; i++) call('bench.echo')\",\"tools\":[\"bench.echo\"],"
                + "\"limits\":{\"toolCalls\":2}}";
        assertThat(failure(node(config)).code()).isEqualTo("script:TOO_MANY_CALLS");
    }
}
