package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the server process with SIGKILL while a session has a line and starts it again: all in line run once, one after
 * the other, in the order in which they came, and the session has what all of them have left.
 */
class SessionKillIT {

    private static final int KILLS = 3;
    private static final int LINE = 6;
    private static final int CHAIN = 120;

    @TempDir
    private Path directory;

    @Test
    void aLineOutlivesTheServer() throws Exception {
        long seed = Long.getLong("smoke.seed", System.nanoTime());
        System.err.println("SessionKillIT seed=" + seed + " (repeat with -Dsmoke.seed=" + seed + ")");
        Random random = new Random(seed);
        List<String> line = new ArrayList<>();
        try (ServerProcess server = ServerProcess.start(directory)) {
            Api api = server.administrator();
            api.install("hello-tool");
            api.post("/api/v1/graphs", graph()).expect(201);
            for (int i = 0; i < LINE; i++) {
                line.add(api.post(
                                "/api/v1/executions",
                                JsonObject.of(
                                        "graph", "talk",
                                        "session", "s",
                                        "whenBusy", "enqueue",
                                        "input", JsonObject.of("name", "n" + i)))
                        .expect(202)
                        .text("id")
                        .orElseThrow());
            }
            Thread.sleep(random.nextInt(400));
            server.kill();
        }
        for (int kill = 1; kill < KILLS; kill++) {
            try (ServerProcess server = ServerProcess.start(directory)) {
                Thread.sleep(random.nextInt(600));
                server.kill();
            }
        }
        try (ServerProcess server = ServerProcess.start(directory)) {
            requireAll(server.administrator(), line, seed);
        }
    }

    /** Each ended once, in order, some were carried on behind a kill, and the session holds what all of them said. */
    private static void requireAll(Api api, List<String> line, long seed) {
        String before = "";
        long resumed = 0;
        for (String id : line) {
            JsonObject execution = api.execution(id, Duration.ofSeconds(60));
            assertThat(execution.text("state")).as(execution.toString()).contains("SUCCEEDED");
            assertThat(execution.text("startedAt").orElseThrow()).isGreaterThanOrEqualTo(before);
            before = execution.text("finishedAt").orElseThrow();
            List<JsonObject> events = api.events(id);
            assertThat(events)
                    .filteredOn(event -> event.text("type").orElseThrow().equals("task.finished"))
                    .hasSize(CHAIN);
            assertThat(events.getLast().text("type")).contains("execution.succeeded");
            resumed += events.stream()
                    .filter(event -> event.text("type").orElseThrow().equals("execution.resumed"))
                    .count();
        }
        assertThat(resumed).as("kills that met an execution, seed %d", seed).isPositive();
        JsonObject session = api.get("/api/v1/sessions/s").expect(200);
        assertThat(session.bool("busy")).contains(false);
        JsonObject state = session.object("state").orElseThrow();
        assertThat(state.array("greetings").orElseThrow().size()).isEqualTo(LINE * CHAIN);
        assertThat(state.array("greetings").orElseThrow().items().getLast().toString())
                .contains("n" + (LINE - 1));
        api.post(
                        "/api/v1/executions",
                        JsonObject.of("graph", "talk", "session", "s", "input", JsonObject.of("name", "last")))
                .expect(202);
    }

    private static JsonObject graph() {
        Map<String, JsonValue> channels = new LinkedHashMap<>();
        channels.put("name", JsonObject.of("type", "string", "reducer", "last"));
        channels.put("greetings", JsonObject.of("type", "array", "reducer", "append"));
        List<JsonValue> nodes = new ArrayList<>();
        List<JsonValue> edges = new ArrayList<>();
        edges.add(JsonObject.of("source", GraphDefinition.START, "target", "n0"));
        for (int i = 0; i < CHAIN; i++) {
            nodes.add(JsonObject.of(
                    "id",
                    "n" + i,
                    "type",
                    "tool",
                    "config",
                    JsonObject.of(
                            "tool", "hello.greet",
                            "arguments", JsonObject.of("name", "name"),
                            "output", "greetings")));
            edges.add(JsonObject.of("source", "n" + i, "target", i + 1 == CHAIN ? GraphDefinition.END : "n" + (i + 1)));
        }
        return JsonObject.of(
                "metadata",
                JsonObject.of("name", "talk"),
                "channels",
                new JsonObject(channels),
                "nodes",
                nodes,
                "edges",
                edges);
    }
}
