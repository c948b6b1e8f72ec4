package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import dev.agentos.testkit.SyntheticJar;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** A graph with a subgraph and an agent of a pack in its nodes, from the API to the end of its execution. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SubgraphApiTest {

    private static final String PACK = """
        package synthetic;

        import dev.agentos.spi.*;
        import java.util.List;
        import java.util.Map;

        @AgentOsExtension
        public final class Pack implements AgentPack {
            @Override
            public String title() {
                return "Helpers";
            }

            @Override
            public String description() {
                return "Helps.";
            }

            @Override
            public JsonObject configurationSchema() {
                return JsonObject.of("type", "object", "additionalProperties", false,
                        "properties", Map.of("model", Map.of("type", "string"), "tone", Map.of("type", "string")));
            }

            @Override
            public List<AgentDefinition> agents() {
                return List.of(new AgentDefinition("helper", "Helps.",
                        JsonObject.of("type", "object", "required", List.of("question")),
                        JsonObject.of("model", "own", "tone", "kind"),
                        GraphDefinition.named("helper")
                                .channel("question", "string", "last")
                                .channel("settings", "object", "last")
                                .node("think", "settings", JsonObject.EMPTY)
                                .edge("START", "think")
                                .build()),
                        new AgentDefinition("pair", "May fail.", JsonObject.EMPTY, JsonObject.EMPTY,
                                GraphDefinition.named("pair")
                                .channel("question", "any", "last")
                                .node("ask", "transform", JsonObject.of("set", JsonObject.of("question", "1")))
                                .node("think", "settings", JsonObject.EMPTY)
                                .edge("START", "ask")
                                .edge("START", "think")
                                .build()),
                        new AgentDefinition("caller", "Calls two others.", JsonObject.EMPTY, JsonObject.EMPTY,
                                GraphDefinition.named("caller")
                                .channel("text", "string", "last")
                                .node("mate", "agent", JsonObject.of("agent", "helpers/helper",
                                        "input", JsonObject.of("question", "text")))
                                .node("stranger", "agent", JsonObject.of("agent", "strangers/one"))
                                .edge("START", "mate")
                                .edge("mate", "stranger")
                                .build()));
            }
        }
        """;

    private static final String SHOUT = """
        {"metadata":{"name":"shout"},
         "channels":{"text":{"type":"string","reducer":"last"},"answer":{"type":"string","reducer":"last"}},
         "nodes":[{"id":"ask","type":"human","config":{"prompt":"Loud?","output":"answer"}},
                  {"id":"shout","type":"transform","config":{"set":{"text":"text + '!' + answer"}}}],
         "edges":[{"source":"START","target":"ask"},{"source":"ask","target":"shout"}]}
        """;

    private static final String ALL = """
        {"metadata":{"name":"all"},
         "channels":{"text":{"type":"string","reducer":"last"},"seen":{"type":"object","reducer":"last"}},
         "nodes":[{"id":"loud","type":"subgraph","config":{"graph":"shout","input":{"text":"text"},"output":{"text":"text"}}},
                  {"id":"help","type":"agent","config":{"agent":"helpers/helper","input":{"question":"text"},"output":{"seen":"settings"}}}],
         "edges":[{"source":"START","target":"loud"},{"source":"loud","target":"help"}]}
        """;

    private TestServer app;

    @BeforeAll
    void start() {
        app = new TestServer();
        HttpResponse<String> installed =
                app.upload(SyntheticJar.plugin("helpers", "1.0.0").extension("synthetic.Pack", PACK));
        assertThat(installed.statusCode()).as(installed.body()).isEqualTo(202);
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            HttpResponse<String> enabled = app.send(app.request(app.acmeKey, "/api/v1/tenants/self/packs/helpers")
                    .header("Content-Type", "application/json")
                    .PUT(BodyPublishers.ofString("{\"configuration\":{\"model\":\"tenants\"}}")));
            assertThat(enabled.statusCode()).as(enabled.body()).isEqualTo(200);
        });
    }

    @AfterAll
    void stop() {
        app.close();
    }

    private JsonObject deploy(String graph) {
        HttpResponse<String> stored = app.post(app.acmeKey, "/api/v1/graphs", graph);
        assertThat(stored.statusCode()).as(stored.body()).isEqualTo(201);
        return TestServer.json(stored);
    }

    @Test
    void aPackTakesNoLargerConfigurationThanAnExecution() {
        HttpResponse<String> refused = app.send(app.request(app.acmeKey, "/api/v1/tenants/self/packs/helpers")
                .header("Content-Type", "application/json")
                .header("If-Match", "*")
                .PUT(BodyPublishers.ofString("{\"configuration\":{\"model\":\"" + "m".repeat(1 << 20) + "\"}}")));
        ApiTest.assertProblem(refused, 400, "agent:INVALID_CONFIGURATION");
        assertThat(refused.body()).contains("\"/configuration\"", "1048576 bytes");
    }

    @Test
    void deploysExecutesAndAnswers() {
        deploy(SHOUT);
        String id = deploy(ALL).text("id").orElseThrow();
        JsonObject shown = TestServer.json(app.get(app.acmeKey, "/api/v1/graphs/" + id));
        assertThat(shown.object("definition").orElseThrow())
                .hasToString(Json.parseObject(ALL).toString());
        assertThat(shown.object("subgraphs").orElseThrow().members()).containsOnlyKeys("loud", "help");
        assertThat(app.get(app.acmeKey, "/api/v1/graphs/" + id + "/mermaid").body())
                .contains("subgraph n2 [\"loud (subgraph)\"]", "subgraph n5 [\"help (agent)\"]", "think (settings)");

        JsonObject waiting = TestServer.json(app.post(
                app.acmeKey,
                "/api/v1/executions",
                "{\"graph\":\"all\",\"input\":{\"text\":\"hi\"},\"config\":{\"agents\":{\"help\":{\"tone\":\"stern\"}}}}",
                "Prefer",
                "wait=20"));
        assertThat(waiting.text("state")).as(waiting.toString()).contains("WAITING");
        JsonObject interrupt =
                (JsonObject) waiting.array("interrupts").orElseThrow().items().getFirst();
        assertThat(interrupt.text("id")).contains("1:loud/ask");
        assertThat(interrupt.text("node")).contains("loud/ask");
        String path = "/api/v1/executions/" + waiting.text("id").orElseThrow();
        HttpResponse<String> resumed = app.post(app.acmeKey, path + "/resume", "{\"resume\":{\"1:loud/ask\":\"yes\"}}");
        assertThat(resumed.statusCode()).as(resumed.body()).isEqualTo(202);
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            JsonObject done = TestServer.json(app.get(app.acmeKey, path));
            assertThat(done.text("state")).contains("SUCCEEDED");
            assertThat(done.object("output"))
                    .contains(Json.parseObject(
                            "{\"text\":\"hi!yes\",\"seen\":{\"model\":\"tenants\",\"tone\":\"stern\"}}"));
        });
        String events = app.send(app.request(app.acmeKey, path + "/events").header("Accept", "text/event-stream"))
                .body();
        assertThat(events).contains("\"node\":\"loud/shout\"", "\"node\":\"help/think\"", "\"node\":\"help/END\"");
    }

    @Test
    void refusesWhatAnotherTenantHasAndWhatDoesNotFit() {
        deploy(SHOUT);
        deploy(ALL);
        JsonObject problem =
                ApiTest.assertProblem(app.post(app.umbrellaKey, "/api/v1/graphs", ALL), 400, "graph:INVALID_GRAPH");
        assertThat(problem.array("errors").orElseThrow().items())
                .map(one -> ((JsonObject) one).text("pointer").orElse(""))
                .containsExactly("/nodes/0/config/graph", "/nodes/1/config/agent");
        ApiTest.assertProblem(
                app.post(
                        app.acmeKey,
                        "/api/v1/executions",
                        "{\"graph\":\"all\",\"input\":{},\"config\":{\"agents\":{\"help\":{\"tone\":7}}}}"),
                400,
                "agent:INVALID_CONFIGURATION");
        ApiTest.assertProblem(
                app.post(
                        app.acmeKey,
                        "/api/v1/graphs/validate",
                        SHOUT.replace("\"human\",\"config\":{", "\"subgraph\",\"config\":{\"graph\":\"all\",")),
                400,
                "graph:INVALID_GRAPH");
    }

    @Test
    void warnsOfAPacksGraphsBeforeItIsEnabled() {
        String pack = "/api/v1/tenants/self/packs/helpers";
        HttpResponse<String> planned = app.send(app.request(app.umbrellaKey, pack)
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString("{\"configuration\":{},\"dryRun\":true}")));
        assertThat(planned.statusCode()).as(planned.body()).isEqualTo(200);
        for (HttpResponse<String> shown : List.of(planned, app.get(app.acmeKey, pack))) {
            List<JsonObject> agents = TestServer.json(shown).array("agents").orElseThrow().items().stream()
                    .map(JsonObject.class::cast)
                    .toList();
            assertThat(agents.getFirst().array("warnings").orElseThrow().size()).isZero();
            assertThat(agents.getLast().array("warnings").orElseThrow())
                    .as("what comes with the pack is there, and what comes with another one is not")
                    .singleElement()
                    .asString()
                    .contains("/nodes/1/config/agent", "'strangers/one'", "Enable the pack 'strangers'");
            assertThat(agents.get(1).array("warnings").orElseThrow())
                    .singleElement()
                    .asString()
                    .contains("/nodes/1", "graph:INVALID_WRITE", "does not say what it writes");
        }
        assertThat(app.get(app.acmeKey, "/api/v1/tenants/self/packs").body())
                .contains("helpers/pair")
                .doesNotContain("warnings");
    }
}
