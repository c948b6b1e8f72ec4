package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.testkit.SyntheticJar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A plugin that reads files, in the built server: what it may it gets, what it may not is refused, named and counted.
 */
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
        }
    }

    private void install(Api api) throws IOException {
        Path jar = SyntheticJar.plugin("reading", "1.0.0")
                .permissions(
                        PermissionRequest.parseHeader("fs.read;target=\"${data}/**\",fs.write;target=\"${data}/**\"")
                                .toArray(PermissionRequest[]::new))
                .extension("synthetic.Reading", SOURCE)
                .writeTo(Files.createDirectories(directory.resolve("jars")));
        api.succeeded(api.upload("/api/v1/plugins?acceptAll=true", jar).expect(202));
    }

    private static String read(Api api, JsonObject arguments) {
        String name = arguments.text("path").isEmpty() ? "read-own" : "read-any";
        JsonObject graph = JsonObject.of(
                "metadata",
                JsonObject.of("name", name),
                "channels",
                JsonObject.of(
                        "path", JsonObject.of("type", "string", "reducer", "last"),
                        "text", JsonObject.of("type", "any", "reducer", "last")),
                "nodes",
                List.of(JsonObject.of(
                        "id",
                        "read",
                        "type",
                        "tool",
                        "config",
                        JsonObject.of(
                                "tool",
                                "reading.read",
                                "arguments",
                                arguments.text("path").isEmpty() ? JsonObject.EMPTY : JsonObject.of("path", "path"),
                                "output",
                                "text"))),
                "edges",
                List.of(
                        JsonObject.of("source", "START", "target", "read"),
                        JsonObject.of("source", "read", "target", "END")));
        api.post("/api/v1/graphs", graph);
        String id = api.post("/api/v1/executions", JsonObject.of("graph", name, "input", arguments))
                .expect(202)
                .text("id")
                .orElseThrow();
        return api.execution(id, Duration.ofSeconds(60)).toString();
    }
}
