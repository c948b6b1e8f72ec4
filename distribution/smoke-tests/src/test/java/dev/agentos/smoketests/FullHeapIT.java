package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Executions that fill the memory together wait for each other or fail, each by itself, and end no server. */
@Timeout(300)
class FullHeapIT {

    private static final long LARGE = 200_000_000;
    private static final Duration LONGEST = Duration.ofSeconds(120);
    private static final Duration PROMPT = Duration.ofSeconds(20);

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
        exchange.sendResponseHeaders(200, exchange.getRequestURI().getQuery() == null ? LARGE : 0);
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
    void largeAnswersAtOnceFailTheirExecutionsAndNothingElse() throws Exception {
        survives("fetch", 6, JsonObject.of("count", 1));
    }

    @Test
    void largeResultsAtOnceFailTheirExecutionsAndNothingElse() throws Exception {
        survives("make", 6, JsonObject.of("count", 1));
    }

    @Test
    void executionsThatGrowAtOnceWaitForEachOther() throws Exception {
        survives("grow", 8, JsonObject.of("count", 16));
    }

    private void survives(String tool, int atOnce, JsonObject input) throws Exception {
        try (ServerProcess server = ServerProcess.start(directory.resolve("data"))) {
            Api api = server.administrator();
            api.succeeded(api.upload("/api/v1/plugins?acceptAll=true", jar()).expect(202));
            api.post("/api/v1/graphs", graph("large", "big." + tool)).expect(201);
            api.post("/api/v1/graphs", graph("small", "big.small")).expect(201);
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < atOnce; i++) {
                ids.add(start(api, "large", input));
            }
            for (int i = 0; i < 5; i++) {
                assertThat(api.execution(start(api, "small", JsonObject.of("count", 3)), PROMPT)
                                .text("state"))
                        .contains("SUCCEEDED");
                Thread.sleep(200);
            }
            for (String id : ids) {
                JsonObject ended = api.execution(id, LONGEST);
                System.out.println(tool + " " + ended.text("state") + " " + ended.object("failure") + " "
                        + ended.member("attempt"));
            }
            assertThat(ProcessHandle.of(server.pid())).isPresent();
        }
    }

    private static String start(Api api, String graph, JsonObject input) {
        return api.post("/api/v1/executions", JsonObject.of("graph", graph, "input", input))
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
                .extension("big.Make", tool("Make", """
                    return ToolResult.of(new JsonString("x".repeat(200_000_000)));
                    """))
                .extension("big.Grow", tool("Grow", """
                    boolean first = arguments.number("count").orElseThrow().value().intValue() == 16;
                    return ToolResult.of(new JsonArray(List.of(new JsonString("x".repeat((first ? 12 : 3) << 20)))));
                    """))
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
                .replace("@N@", type.toLowerCase(java.util.Locale.ROOT))
                .replace("@B@", body);
    }
}
