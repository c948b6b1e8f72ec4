package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.smoketests.ScriptedOpenAi.Said;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.testkit.SyntheticJar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server is killed in the middle of a superstep and started again: that superstep is done again and nothing before
 * it, and each tenant's agents are there. What is urgent then overtakes fifty that are queued.
 */
@Timeout(240)
class RestartIT {

    private static final String PACK = """
        package synthetic;

        import dev.agentos.spi.*;
        import java.util.List;
        import java.util.stream.Stream;

        @AgentOsExtension
        public final class Pair implements AgentPack {
            @Override
            public String title() {
                return "Pair";
            }

            @Override
            public String description() {
                return "For tests.";
            }

            @Override
            public JsonObject configurationSchema() {
                return JsonObject.of("type", "object");
            }

            @Override
            public List<AgentDefinition> agents() {
                return Stream.of("one", "other").map(name -> new AgentDefinition(name, "For tests.",
                        JsonObject.of("type", "object"), JsonObject.of("model", "openai/usual"),
                        GraphDefinition.named(name)
                                .channel("text", "string", "last")
                                .node("ask", "llm", JsonObject.of("prompt", "Who are you?", "output", "text"))
                                .edge("START", "ask").edge("ask", "END").build())).toList();
            }
        }
        """;

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int QUEUED = 50;
    private static final int BEFORE = 3;

    @TempDir
    private Path directory;

    /** Each model that is to hold its answer, until it may. */
    private final CountDownLatch beforeTheKill = new CountDownLatch(1);

    private final CountDownLatch inFront = new CountDownLatch(1);

    @Test
    void goesOnAtItsSuperstepWithEachTenantsAgentsAndTheMostUrgentFirst() throws Exception {
        try (ScriptedOpenAi models = new ScriptedOpenAi(this::say)) {
            Path data = directory.resolve("data");
            String cut;
            try (ServerProcess server = ServerProcess.start(data)) {
                Api api = server.administrator();
                install(api, models);
                requireAgents(api, models);
                api.post("/api/v1/graphs", line("held")).expect(201);
                api.post("/api/v1/graphs", line("in-front")).expect(201);
                cut = start(api, "held", 0);
                await().atMost(PATIENCE).until(() -> models.models().contains("held"));
                server.kill();
            }
            beforeTheKill.countDown();
            try (ServerProcess server = ServerProcess.start(data)) {
                Api api = server.administrator();
                requireAgents(api, models);
                requireResumed(api, cut);
                requireUrgentFirst(api, models);
            }
        }
    }

    private Said say(ScriptedOpenAi.Asked asked) {
        try {
            switch (asked.model()) {
                case "held" -> beforeTheKill.await();
                case "in-front" -> inFront.await();
                default -> {}
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Said.text("I am " + asked.model());
    }

    private void install(Api api, ScriptedOpenAi models) throws IOException {
        api.install("provider-openai");
        api.succeeded(api.put(
                        "/api/v1/plugins/provider-openai/configuration",
                        JsonObject.of("baseUrl", models.baseUrl()),
                        "If-Match",
                        "*")
                .expect(202));
        Path jar = SyntheticJar.plugin("pair", "1.0.0")
                .kind("pack")
                .extension("synthetic.Pair", PACK)
                .writeTo(Files.createDirectories(directory.resolve("jars")));
        api.succeeded(api.upload("/api/v1/plugins?acceptAll=true", jar).expect(202));
        api.put("/api/v1/tenants/self/packs/pair", JsonObject.EMPTY, "If-None-Match", "*")
                .expect(200);
        api.post("/api/v1/tenants", JsonObject.of("name", "beta")).expect(201);
    }

    /** Both answer one tenant, also with another model for once, and are not there for the other. */
    private static void requireAgents(Api api, ScriptedOpenAi models) {
        assertThat(api.get("/api/v1/agents")
                        .expect(200)
                        .array("items")
                        .orElseThrow()
                        .size())
                .isEqualTo(2);
        for (String agent : List.of("pair/one", "pair/other")) {
            JsonObject request = JsonObject.of("agent", agent, "input", JsonObject.EMPTY);
            assertThat(answer(api, request)).isEqualTo("I am usual");
            assertThat(answer(api, request.with("config", JsonObject.of("model", "openai/unusual"))))
                    .isEqualTo("I am unusual");
            assertThat(answer(api, request)).isEqualTo("I am usual");
            // What was cut off by the kill goes on beside this.
            assertThat(models.models())
                    .filteredOn(model -> !model.equals("held"))
                    .endsWith("usual", "unusual", "usual");
            api.forTenant("beta").post("/api/v1/executions", request).expect(404);
        }
        assertThat(api.forTenant("beta").get("/api/v1/agents").expect(200).array("items"))
                .contains(JsonArray.EMPTY);
    }

    private static String answer(Api api, JsonObject request) {
        String id = id(api.post("/api/v1/executions", request).expect(202));
        JsonObject ended = api.execution(id, PATIENCE);
        return ended.object("output")
                .flatMap(output -> output.text("text"))
                .orElseThrow(() -> new AssertionError(ended.toString()));
    }

    /** Nothing before the superstep that was cut short is begun again, and each superstep has its checkpoint. */
    private static void requireResumed(Api api, String id) {
        JsonObject ended = api.execution(id, PATIENCE);
        assertThat(ended.text("state")).as(ended.toString()).contains("SUCCEEDED");
        List<String> begun = new ArrayList<>();
        for (JsonObject event : api.events(id)) {
            switch (event.text("type").orElseThrow()) {
                case "task.started" -> begun.add(event.text("node").orElseThrow());
                case "execution.resumed" -> begun.add("killed");
                default -> {}
            }
        }
        assertThat(begun).containsExactly("n0", "n1", "n2", "ask", "killed", "ask", "after");
        JsonArray checkpoints = api.get("/api/v1/executions/" + id + "/checkpoints")
                .expect(200)
                .array("items")
                .orElseThrow();
        assertThat(checkpoints.size()).isEqualTo(BEFORE + 3);
        assertThat(ended.object("output").orElseThrow().array("log").orElseThrow())
                .hasToString("[\"n0\",\"n1\",\"n2\",\"after\"]");
    }

    /** With one place, which is taken. */
    private void requireUrgentFirst(Api api, ScriptedOpenAi models) {
        api.put("/api/v1/concurrency-limits/tenant", JsonObject.of("running", 1), "If-Match", "*")
                .expect(200);
        String first = start(api, "in-front", 0);
        await().atMost(PATIENCE).until(() -> models.models().contains("in-front"));
        List<String> queued = new ArrayList<>();
        for (int i = 0; i < QUEUED; i++) {
            queued.add(start(api, "held", 0));
        }
        String urgent = start(api, "held", 90);
        assertThat(api.get("/api/v1/executions/" + urgent).expect(200).text("state"))
                .contains("QUEUED");
        inFront.countDown();
        String second = startedAt(api, urgent);
        assertThat(second).isGreaterThan(startedAt(api, first));
        for (String id : queued) {
            assertThat(startedAt(api, id)).isGreaterThan(second);
        }
    }

    private static String startedAt(Api api, String id) {
        JsonObject ended = api.execution(id, PATIENCE);
        assertThat(ended.text("state")).as(ended.toString()).contains("SUCCEEDED");
        return ended.text("startedAt").orElseThrow();
    }

    private static String start(Api api, String graph, int priority) {
        JsonObject request = JsonObject.of(
                "graph",
                graph,
                "input",
                JsonObject.EMPTY,
                "priority",
                JsonNumber.of(priority),
                "durability",
                "barrier");
        return id(api.post("/api/v1/executions", request).expect(202));
    }

    private static String id(JsonObject execution) {
        return execution.text("id").orElseThrow();
    }

    /** Nodes that calculate, one that asks the model of the graph's name, and one behind it. */
    private static JsonObject line(String model) {
        List<JsonObject> nodes = new ArrayList<>();
        List<JsonObject> edges = new ArrayList<>();
        String last = GraphDefinition.START;
        List<String> names = List.of("n0", "n1", "n2", "ask", "after");
        for (String name : names) {
            nodes.add(
                    name.equals("ask")
                            ? node(name, "llm", "model", "openai/" + model, "prompt", "Who?", "output", "text")
                            : node(name, "transform", "set", JsonObject.of("log", "['" + name + "']")));
            edges.add(JsonObject.of("source", last, "target", name));
            last = name;
        }
        edges.add(JsonObject.of("source", last, "target", GraphDefinition.END));
        return JsonObject.of(
                "metadata",
                JsonObject.of("name", model),
                "channels",
                JsonObject.of(
                        "log", JsonObject.of("type", "array", "reducer", "append"),
                        "text", JsonObject.of("type", "string", "reducer", "last")),
                "nodes",
                nodes,
                "edges",
                edges);
    }

    private static JsonObject node(String id, String type, Object... config) {
        return JsonObject.of("id", id, "type", type, "config", JsonObject.of(config));
    }
}
