package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the server process with SIGKILL at random moments while executions run and starts it again: every acknowledged
 * execution finishes, no finished node task runs twice, and the events have no gap.
 */
class KillRecoveryIT {

    /** One fewer than an execution may meet at one step before it is given up. */
    private static final int KILLS = 4;

    /** So many at once that a kill finds some that have not ended. */
    private static final int CLIENTS = 8;

    private static final int CHAIN = 12;

    @TempDir
    private Path directory;

    @Test
    void everyAcknowledgedExecutionFinishesAndNoFinishedTaskRunsTwice() throws Exception {
        long seed = Long.getLong("smoke.seed", System.nanoTime());
        System.err.println("KillRecoveryIT seed=" + seed + " (repeat with -Dsmoke.seed=" + seed + ")");
        Random random = new Random(seed);
        Set<String> acknowledged = ConcurrentHashMap.newKeySet();

        for (int life = 0; life < KILLS; life++) {
            try (ServerProcess server = ServerProcess.start(directory)) {
                Api api = server.administrator();
                if (life == 0) {
                    api.install("hello-tool");
                    api.post("/api/v1/graphs", graph()).expect(201);
                }
                String name = "life" + life + "-";
                int enough = acknowledged.size() + 20 + random.nextInt(80);
                List<Thread> clients = IntStream.range(0, CLIENTS)
                        .mapToObj(i ->
                                Thread.ofVirtual().start(() -> startUntilKilled(api, name + i + "-", acknowledged)))
                        .toList();
                await().pollInterval(Duration.ofMillis(1))
                        .atMost(Duration.ofSeconds(30))
                        .until(() -> acknowledged.size() >= enough);
                server.kill();
                for (Thread client : clients) {
                    client.join();
                }
            }
        }

        try (ServerProcess server = ServerProcess.start(directory)) {
            Api api = server.administrator();
            int resumed = 0;
            for (String id : acknowledged) {
                JsonObject execution = api.execution(id, Duration.ofSeconds(60));
                assertThat(execution.text("state")).as(execution.toString()).contains("SUCCEEDED");
                assertThat(execution
                                .object("output")
                                .orElseThrow()
                                .array("greetings")
                                .orElseThrow()
                                .size())
                        .isEqualTo(CHAIN + 3);
                resumed += checkEvents(api.events(id), id) ? 1 : 0;
            }
            assertThat(resumed)
                    .as("executions that a kill interrupted, seed %d", seed)
                    .isPositive();
        }
    }

    /** Whether the execution was taken over by a later life of the server. */
    private static boolean checkEvents(List<JsonObject> events, String id) {
        Map<String, Integer> finished = new HashMap<>();
        boolean resumed = false;
        long expected = 1;
        for (JsonObject event : events) {
            assertThat(event.number("sequence").orElseThrow().value().longValueExact())
                    .as(id)
                    .isEqualTo(expected++);
            String type = event.text("type").orElseThrow();
            resumed |= type.equals("execution.resumed");
            if (type.equals("task.finished")) {
                finished.merge(
                        event.number("step").orElseThrow() + ":"
                                + event.text("node").orElseThrow(),
                        1,
                        Integer::sum);
            }
        }
        assertThat(finished.values()).as("%s finished %s", id, finished).allMatch(times -> times == 1);
        assertThat(finished).hasSize(CHAIN + 3);
        assertThat(events.getLast().text("type")).contains("execution.succeeded");
        return resumed;
    }

    /** Whatever the server is doing when it is killed, some of these are not at their end. */
    private static void startUntilKilled(Api api, String name, Set<String> acknowledged) {
        try {
            for (int i = 0; ; i++) {
                acknowledged.add(start(api, name + i));
            }
        } catch (UncheckedIOException killed) {
            // What was not acknowledged need not happen.
        }
    }

    private static String start(Api api, String name) {
        JsonObject request = JsonObject.of("graph", "chain", "input", JsonObject.of("name", name));
        return api.post("/api/v1/executions", request).expect(202).text("id").orElseThrow();
    }

    /** A chain of tool calls with a fan-out of three in front. */
    private static JsonObject graph() {
        Map<String, JsonValue> channels = new LinkedHashMap<>();
        channels.put("name", JsonObject.of("type", "string", "reducer", "last"));
        channels.put("greetings", JsonObject.of("type", "array", "reducer", "append"));
        List<JsonValue> nodes = new ArrayList<>();
        List<JsonValue> edges = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            nodes.add(greet("fan" + i));
            edges.add(JsonObject.of("source", GraphDefinition.START, "target", "fan" + i));
            edges.add(JsonObject.of("source", "fan" + i, "target", "n0"));
        }
        for (int i = 0; i < CHAIN; i++) {
            nodes.add(greet("n" + i));
            edges.add(JsonObject.of("source", "n" + i, "target", i + 1 == CHAIN ? GraphDefinition.END : "n" + (i + 1)));
        }
        return JsonObject.of(
                "metadata",
                JsonObject.of("name", "chain"),
                "channels",
                new JsonObject(channels),
                "nodes",
                nodes,
                "edges",
                edges);
    }

    private static JsonObject greet(String id) {
        return JsonObject.of(
                "id",
                id,
                "type",
                "tool",
                "config",
                JsonObject.of(
                        "tool", "hello.greet",
                        "arguments", JsonObject.of("name", "name"),
                        "output", "greetings"));
    }
}
