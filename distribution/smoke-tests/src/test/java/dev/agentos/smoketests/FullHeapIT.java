package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.testkit.SyntheticJar;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Executions that fill the memory together wait for each other or fail, each by itself, and end no server. */
@Timeout(500)
class FullHeapIT {

    private static final long LARGE = 200_000_000;
    private static final int SUPERSTEPS = 16;
    private static final Duration LONGEST = Duration.ofSeconds(240);
    private static final Duration PROMPT = Duration.ofSeconds(40);

    @TempDir
    private Path directory;

    private HttpServer source;

    @BeforeEach
    void openSource() throws IOException {
        source = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        source.createContext("/large", FullHeapIT::answer);
        source.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        source.start();
    }

    @AfterEach
    void closeSource() {
        source.stop(0);
    }

    private static void answer(HttpExchange exchange) throws IOException {
        byte[] chunk = new byte[1 << 16];
        Arrays.fill(chunk, (byte) 'x');
        exchange.sendResponseHeaders(200, LARGE);
        try (OutputStream out = exchange.getResponseBody()) {
            for (long left = LARGE; left > 0; left -= chunk.length) {
                out.write(chunk, 0, (int) Math.min(left, chunk.length));
            }
        } catch (IOException e) {
            // Whoever asked has heard enough.
        } finally {
            exchange.close();
        }
    }

    @Test
    void answersOf200MegabytesAtOnceFailTheirExecutionsAndNothingElse() throws Exception {
        List<JsonObject> ended = survives("big.fetch", 6, 1);
        assertThat(ended).allSatisfy(one -> {
            assertThat(one.text("state")).contains("FAILED");
            assertThat(one.object("failure").orElseThrow().text("code")).contains("http:RESPONSE_TOO_LARGE");
            assertThat(one.object("failure").orElseThrow().text("message").orElseThrow())
                    .contains(String.valueOf(LARGE), "bytes long");
        });
    }

    @Test
    void executionsThatGrowTogetherWaitForEachOther() throws Exception {
        List<JsonObject> ended = survives("big.grow", 8, SUPERSTEPS);
        assertThat(ended)
                .allSatisfy(
                        one -> assertThat(one.text("state")).as(one.toString()).contains("SUCCEEDED"));
    }

    /** Small executions beside them end soon, and the server goes on. */
    private List<JsonObject> survives(String tool, int atOnce, int count) throws Exception {
        try (ServerProcess server = ServerProcess.start(directory.resolve("data"))) {
            Api api = server.administrator();
            api.succeeded(api.upload("/api/v1/plugins?acceptAll=true", jar()).expect(202));
            api.post("/api/v1/graphs", graph("large", tool)).expect(201);
            api.post("/api/v1/graphs", graph("small", "big.small")).expect(201);
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < atOnce; i++) {
                ids.add(start(api, "large", count));
            }
            for (int i = 0; i < 5; i++) {
                String small = start(api, "small", 3);
                assertThat(api.execution(small, PROMPT).text("state")).contains("SUCCEEDED");
            }
            List<JsonObject> ended = new ArrayList<>();
            for (String id : ids) {
                ended.add(ended(api, id));
            }
            assertThat(ProcessHandle.of(server.pid())).isPresent();
            assertThat(server.output()).doesNotContain("OutOfMemoryError");
            return ended;
        }
    }

    /** As the list has it, without what the execution came to. */
    private static JsonObject ended(Api api, String id) {
        return await().atMost(LONGEST)
                .until(
                        () ->
                                api
                                        .get("/api/v1/executions?limit=100")
                                        .expect(200)
                                        .array("items")
                                        .orElseThrow()
                                        .items()
                                        .stream()
                                        .map(JsonObject.class::cast)
                                        .filter(one ->
                                                one.text("id").orElseThrow().equals(id))
                                        .findFirst()
                                        .orElseThrow(),
                        one -> one.text("state")
                                .filter(List.of("SUCCEEDED", "FAILED")::contains)
                                .isPresent());
    }

    private static String start(Api api, String graph, int count) {
        return api.post("/api/v1/executions", JsonObject.of("graph", graph, "input", JsonObject.of("count", count)))
                .expect(202)
                .text("id")
                .orElseThrow();
    }

    private static JsonObject graph(String name, String tool) {
        return JsonObject.of(
                "metadata",
                JsonObject.of("name", name),
                "channels",
                JsonObject.of(
                        "all", JsonObject.of("type", "array", "reducer", "append"),
                        "count", JsonObject.of("type", "integer", "reducer", "last")),
                "nodes",
                List.of(
                        JsonObject.of(
                                "id",
                                "call",
                                "type",
                                "tool",
                                "config",
                                JsonObject.of(
                                        "tool", tool, "arguments", JsonObject.of("count", "count"), "output", "all")),
                        JsonObject.of(
                                "id",
                                "less",
                                "type",
                                "transform",
                                "config",
                                JsonObject.of("set", JsonObject.of("count", "count - 1")))),
                "edges",
                List.of(
                        JsonObject.of("source", "START", "target", "call"),
                        JsonObject.of("source", "call", "target", "less"),
                        JsonObject.of("source", "less", "target", "call", "condition", "count > 0"),
                        JsonObject.of("source", "less", "target", "END", "condition", "count <= 0")));
    }

    private Path jar() {
        String port = String.valueOf(source.getAddress().getPort());
        return SyntheticJar.plugin("big", "1.0.0")
                .permissions(new PermissionRequest(
                        Permission.of(PermissionKind.NET_CONNECT, "127.0.0.1:" + port), "Its source.", false))
                .extension("big.Fetch", tool("Fetch", """
                    HttpRequest request = HttpRequest.get("http://127.0.0.1:%s/large")
                            .withMaxResponseBytes(1 << 30);
                    return ToolResult.of(new JsonString(new String(
                            context.http().send(request).body(), java.nio.charset.StandardCharsets.ISO_8859_1)));
                    """.formatted(port)))
                .extension("big.Grow", tool("Grow", """
                    // A state that is stored whole when it is large already may grow further.
                    boolean first = arguments.number("count").orElseThrow().value().intValue() == %s;
                    return ToolResult.of(new JsonArray(List.of(new JsonString("x".repeat((first ? 12 : 3) << 20)))));
                    """.formatted(SUPERSTEPS)))
                .extension("big.Small", tool("Small", """
                    return ToolResult.of(new JsonArray(List.of(new JsonString("x"))));
                    """))
                .writeTo(directory);
    }

    private static String tool(String type, String body) {
        return """
            package big;

            import dev.agentos.spi.*;
            import java.util.List;

            @AgentOsExtension
            public final class @T@ implements Tool {
                private PluginContext context;

                @Override
                public void start(PluginContext context) {
                    this.context = context;
                }

                @Override
                public ToolDescription description() {
                    return new ToolDescription(
                            "big.@N@", "Answers.", JsonObject.of("type", "object"), Effect.PURE);
                }

                @Override
                public ToolResult call(JsonObject arguments, CallContext call) {
                    @B@
                }
            }
            """.replace("@T@", type)
                .replace("@N@", type.toLowerCase(Locale.ROOT))
                .replace("@B@", body);
    }
}
