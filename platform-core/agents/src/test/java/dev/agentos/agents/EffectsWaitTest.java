package dev.agentos.agents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.execution.EngineConfig;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEngine;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionRequest.Durability;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.Executions;
import dev.agentos.execution.memory.MemoryExecutionStore;
import dev.agentos.graph.FakeGraphStore;
import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.graph.StoredGraph;
import dev.agentos.invocation.CallMeter;
import dev.agentos.invocation.HostCapabilities;
import dev.agentos.invocation.Invocation;
import dev.agentos.invocation.TenantPlugins;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Json;
import dev.agentos.pluginruntime.FakePluginStateStore;
import dev.agentos.pluginruntime.PluginHost;
import dev.agentos.scripting.ScriptEngine;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What models and tools are asked can be seen from outside, so that it waits for what is before it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EffectsWaitTest {

    private static final TenantId TENANT = new TenantId("tnt_waits");

    private final Ids ids = Ids.system();
    private final FakeGraphStore graphs = new FakeGraphStore();
    private final List<CallMeter.Call> calls = new CopyOnWriteArrayList<>();

    private PluginHost plugins;
    private Invocation invocation;
    private NodeHandlers nodes;

    @BeforeAll
    void open(@TempDir Path folder) {
        Path data = folder.resolve("data");
        plugins = new PluginHost(data);
        plugins.done(
                plugins.service.install(PluginHost.upload(ObedientOffice.jar().writeTo(folder))));
        invocation = new Invocation(
                plugins.service.extensions(),
                new HostCapabilities(
                        new FakePluginStateStore(),
                        TenantPlugins.inMemory(plugins.service),
                        data.resolve("workspace"),
                        InstantSource.system()),
                List.of(),
                calls::add);
        nodes = new AgentNodes(invocation, plugins.service.extensions(), new ScriptEngine(1, 64L * 1024 * 1024));
    }

    @AfterAll
    void close() {
        invocation.close();
        plugins.close();
    }

    /** A store whose logs keep what is appended until somebody waits for it, and then until they are opened. */
    private static final class SlowStore {
        final CountDownLatch awaited = new CountDownLatch(1);
        final CountDownLatch opened = new CountDownLatch(1);
        private final List<ExecutionStore.Entry> kept = new ArrayList<>();

        ExecutionStore of(ExecutionStore store) {
            return proxy(ExecutionStore.class, (call, arguments) -> {
                Object result = call.invoke(store, arguments);
                return result instanceof ExecutionStore.Running running
                        ? new ExecutionStore.Running(running.claim(), running.resumption(), slow(running.log()))
                        : result;
            });
        }

        @SuppressWarnings("unchecked")
        private ExecutionStore.Log slow(ExecutionStore.Log log) {
            return proxy(ExecutionStore.Log.class, (call, arguments) -> {
                switch (call.getName()) {
                    case "append" -> {
                        kept.addAll(
                                arguments[0] instanceof ExecutionStore.Entry entry
                                        ? List.of(entry)
                                        : (List<ExecutionStore.Entry>) arguments[0]);
                        return null;
                    }
                    case "settle", "write" -> {
                        awaited.countDown();
                        opened.await();
                        log.append(List.copyOf(kept));
                        kept.clear();
                    }
                    default -> {}
                }
                return call.invoke(log, arguments);
            });
        }

        private interface Behaviour {
            @Nullable
            Object of(Method call, Object[] arguments) throws Exception;
        }

        private static <T> T proxy(Class<T> type, Behaviour behaviour) {
            return type.cast(Proxy.newProxyInstance(
                    EffectsWaitTest.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                        try {
                            return behaviour.of(method, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause() == null ? e : e.getCause();
                        }
                    }));
        }
    }

    private static final String TOOL = "{'tool': 'vault.open', 'output': 'out'}";
    private static final String CHAT = "{'messages': 'asked', 'tools': ['vault.open']}";
    private static final String MODEL = "{'model': 'obedient/it', 'prompt': 'Well?', 'output': 'out'}";
    private static final String CODE = "{'source': 'return {out: tools[~vault.open~]({})}', 'tools': ['vault.open']}";

    /** All of them only read, and none may begin before the calculation in front of them is durable. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {"tool|" + TOOL, "tool|" + CHAT, "llm|" + MODEL, "code|" + CODE})
    void nothingIsAskedBeforeWhatIsBeforeItIsDurable(String type, String config) throws InterruptedException {
        calls.clear();
        SlowStore slow = new SlowStore();
        MemoryExecutionStore store = new MemoryExecutionStore();
        Executions executions = new Executions(store, graphs, nodes, ids, InstantSource.system());
        Executions seen = new Executions(slow.of(store), graphs, nodes, ids, InstantSource.system());
        try (ExecutionEngine engine = new ExecutionEngine(
                EngineConfig.of("node"), seen, InstantSource.system(), new Random(), Failpoints.NONE)) {
            engine.start();
            Execution execution = executions.start(
                    TENANT,
                    new ExecutionRequest(
                            Optional.empty(),
                            graph(
                                    type,
                                    Json.parseObject(config.replace('\'', '"').replace("~", "\\\""))),
                            JsonObject.EMPTY,
                            JsonObject.EMPTY,
                            0,
                            Optional.empty(),
                            Durability.SYNC));
            slow.awaited.await();
            assertThat(calls).isEmpty();
            slow.opened.countDown();
            Execution done = executions
                    .awaitRest(TENANT, execution.id(), Duration.ofSeconds(30))
                    .orTimeout(40, TimeUnit.SECONDS)
                    .join();
            assertThat(done.state()).as("%s", done.failure()).isEqualTo(ExecutionState.SUCCEEDED);
            assertThat(calls).hasSize(1);
        } finally {
            slow.opened.countDown();
        }
    }

    private GraphReference graph(String type, JsonObject config) {
        JsonObject definition = Json.parseObject("""
            {"metadata": {"name": "waits"}, "channels": {"out": {"type": "any", "reducer": "last"},
              "n": {"type": "integer", "reducer": "sum"},
              "asked": {"type": "array", "reducer": "messages", "default": [{"id": "m", "role": "assistant",
                "text": "", "toolCalls": [{"id": "c", "tool": "vault.open", "arguments": {}}]}]}},
             "nodes": [{"id": "before", "type": "transform", "config": {"set": {"n": "1"}}},
                       {"id": "work", "type": "%s", "config": %s}],
             "edges": [{"source": "START", "target": "before"}, {"source": "before", "target": "work"},
                       {"source": "work", "target": "END"}]}\
            """.formatted(type, config));
        return graphs.save(
                        TENANT,
                        new StoredGraph(
                                new GraphReference(ids.next("gra"), 1),
                                "waits",
                                "api",
                                GraphCodec.digest(definition),
                                definition,
                                Instant.now()))
                .reference();
    }
}
