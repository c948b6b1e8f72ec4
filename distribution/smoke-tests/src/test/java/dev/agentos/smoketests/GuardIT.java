package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.testkit.SyntheticJar;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plugins in the built server: what they may they get, what they may not is refused, named and counted. */
class GuardIT {

    private static final String SOURCE = """
        package synthetic;

        import dev.agentos.spi.*;
        import java.nio.file.*;

        @AgentOsExtension
        public final class Reading implements Tool {
            private PluginContext context;

            @Override
            public void start(PluginContext context) {
                this.context = context;
            }

            @Override
            public ToolDescription description() {
                return new ToolDescription("reading.read", "Reads a file.", JsonObject.of("type", "object"), Effect.PURE);
            }

            @Override
            public ToolResult call(JsonObject arguments, CallContext call) {
                try {
                    Path file = arguments.text("path")
                            .map(Path::of)
                            .orElseGet(() -> context.dataFolder().resolve("own.txt"));
                    if (arguments.text("path").isEmpty()) {
                        Files.writeString(file, "own");
                    }
                    return ToolResult.of(new JsonString(Files.readString(file)));
                } catch (java.io.IOException e) {
                    return ToolResult.of(new JsonString(e.getClass().getSimpleName() + ": " + e.getMessage()));
                }
            }
        }
        """;

    @TempDir
    private Path directory;

    @Test
    void pluginReadsItsOwnFilesAndNoOthers() throws Exception {
        try (ServerProcess server = ServerProcess.start(directory.resolve("data"))) {
            Api api = server.administrator();
            install(api);

            assertThat(read(api, JsonObject.EMPTY)).contains("\"text\":\"own\"");
            assertThat(read(api, JsonObject.of("path", "/etc/passwd")))
                    .contains("plugin reading lacks permission fs.read /etc/passwd");
            assertThat(read(
                            api,
                            JsonObject.of(
                                    "path", directory.resolve("data/admin.key").toString())))
                    .contains("lacks permission");

            JsonArray denials = api.get("/api/v1/plugins/reading")
                    .expect(200)
                    .array("denials")
                    .orElseThrow();
            assertThat(denials.toString()).contains("fs.read /etc/passwd", "admin.key");
            assertThat(server.output()).contains("Plugin reading was denied 'fs.read /etc/passwd'");

            Api platform = new Api(api.address(), api.key(), Optional.empty());
            Awaitility.await()
                    .untilAsserted(() -> assertThat(records(platform, "permissionDenied"))
                            .hasSize(2)
                            .anyMatch(record -> record.contains("fs.read /etc/passwd"))
                            .anyMatch(record -> record.contains("admin.key")));
            read(api, JsonObject.of("path", "/etc/passwd"));
            assertThat(records(platform, "permissionDenied"))
                    .as("one for a plugin and a permission")
                    .hasSize(2);
        }
    }

    /** Case 65: as the API tells it. */
    @Test
    void aPluginThatNobodySignedNeedsASettingAndTheSettingIsRecorded() throws Exception {
        Path data = directory.resolve("data");
        int before;
        try (ServerProcess server = ServerProcess.start(data, "--allow-unsigned=false")) {
            Api api = server.administrator();
            assertThat(api.upload("/api/v1/plugins?acceptAll=true", reading())
                            .expect(403)
                            .toString())
                    .contains("plugin:UNSIGNED", "--allow-unsigned");
            assertThat(api.get("/api/v1/plugins").expect(200).toString()).doesNotContain("reading");
            assertThat(api.get("/api/v1").expect(200).toString()).doesNotContain("allow-unsigned");
            // What a server of tests begins with was made by one that allowed it.
            before = records(new Api(api.address(), api.key(), Optional.empty()), "startedWithAllowUnsigned")
                    .size();
        }
        try (ServerProcess server = ServerProcess.start(data)) {
            Api api = server.administrator();
            assertThat(api.get("/api/v1").expect(200).toString()).contains("allow-unsigned");
            assertThat(server.output()).contains("Plugins that nobody signed may be installed");
            Awaitility.await()
                    .untilAsserted(() -> assertThat(records(
                                    new Api(api.address(), api.key(), Optional.empty()), "startedWithAllowUnsigned"))
                            .hasSize(before + 1));
            install(api);
            assertThat(server.output()).contains("Plugin reading 1.0.0 is not signed; this server allows that");
        }
    }

    /** The platform's records of that action. */
    private static List<String> records(Api platform, String action) {
        return platform.get("/api/v1/audit?action=" + action).expect(200).array("items").orElseThrow().items().stream()
                .map(Object::toString)
                .toList();
    }

    /** The bundled provider brings libraries that reflect, use Jackson, and connect on threads of their own. */
    @Test
    void bundledProviderReachesItsModel() throws Exception {
        Path data = directory.resolve("data");
        Files.writeString(Files.createDirectories(data.resolve("secrets")).resolve("OPENAI_API_KEY"), "sk-test");
        HttpServer model = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        model.createContext("/v1/chat/completions", GuardIT::answer);
        model.start();
        try (ServerProcess server = ServerProcess.start(data)) {
            Api api = server.administrator();
            api.install("provider-openai");
            String address = "http://127.0.0.1:" + model.getAddress().getPort() + "/v1";
            Api.Answer found = api.get("/api/v1/plugins/provider-openai");
            api.succeeded(api.put(
                            "/api/v1/plugins/provider-openai/configuration",
                            JsonObject.of("baseUrl", address),
                            "If-Match",
                            found.headers().firstValue("ETag").orElseThrow())
                    .expect(202));
            JsonObject config = JsonObject.of("model", "openai/any", "prompt", "'Say hello.'", "output", "text");
            api.post("/api/v1/graphs", OneNode.graph("ask", "llm", config, "text"))
                    .expect(201);
            assertThat(api.executed("ask", JsonObject.EMPTY).toString()).contains("\"text\":\"Hello there\"");
            assertThat(api.get("/api/v1/plugins/provider-openai")
                            .expect(200)
                            .array("denials")
                            .orElse(JsonArray.EMPTY))
                    .isEqualTo(JsonArray.EMPTY);
        } finally {
            model.stop(0);
        }
    }

    private static void answer(HttpExchange exchange) throws IOException {
        exchange.getRequestBody().readAllBytes();
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            for (String choice : List.of(
                    "{\"index\":0,\"delta\":{\"content\":\"Hello there\"},\"finish_reason\":null}",
                    "{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}")) {
                String event =
                        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[" + choice + "]}\n\n";
                out.write(event.getBytes(StandardCharsets.UTF_8));
            }
            out.write("data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8));
        }
    }

    private void install(Api api) throws IOException {
        api.succeeded(api.upload("/api/v1/plugins?acceptAll=true", reading()).expect(202));
    }

    private Path reading() throws IOException {
        return SyntheticJar.plugin("reading", "1.0.0")
                .permissions(
                        PermissionRequest.parseHeader("fs.read;target=\"${data}/**\",fs.write;target=\"${data}/**\"")
                                .toArray(PermissionRequest[]::new))
                .extension("synthetic.Reading", SOURCE)
                .writeTo(Files.createDirectories(directory.resolve("jars")));
    }

    private static String read(Api api, JsonObject arguments) {
        boolean own = arguments.text("path").isEmpty();
        JsonObject config = JsonObject.of(
                "tool",
                "reading.read",
                "arguments",
                own ? JsonObject.EMPTY : JsonObject.of("path", "path"),
                "output",
                "text");
        String name = own ? "read-own" : "read-any";
        api.post("/api/v1/graphs", OneNode.graph(name, "tool", config, "path", "text"));
        return api.executed(name, arguments).toString();
    }
}
