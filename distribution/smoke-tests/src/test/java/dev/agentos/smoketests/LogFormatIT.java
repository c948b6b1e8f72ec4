package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import dev.agentos.testkit.SyntheticJar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The log of the built server as a program reads it. */
@Timeout(240)
class LogFormatIT {

    private static final String SOURCE = """
        package synthetic;

        import dev.agentos.spi.*;

        @AgentOsExtension
        public final class Breaking implements Tool {
            @Override
            public ToolDescription description() {
                return new ToolDescription("breaking.break", "Breaks.", JsonObject.of("type", "object"), Effect.PURE);
            }

            @Override
            public ToolResult call(JsonObject arguments, CallContext call) {
                throw new IllegalStateException("broken for " + call.tenant() + "\\nBearer abcdefghijklmnopqrstuvwxyz");
            }
        }
        """;

    @TempDir
    private Path directory;

    @Test
    void eachLineIsJsonAndSaysForWhomAndWhatItWasWritten() throws Exception {
        try (ServerProcess server = ServerProcess.start(directory.resolve("data"), "--log-format=json")) {
            Api administrator = server.administrator();
            install(administrator);
            Api other = administrator.forTenant("other");
            administrator
                    .post("/api/v1/tenants", JsonObject.of("name", "other"))
                    .expect(201);

            String here = failed(administrator);
            String there = failed(other);

            assertThat(toldOf(server, here).text("tenant")).isEqualTo(tenant(administrator, "default"));
            assertThat(toldOf(server, there).text("tenant")).isEqualTo(tenant(administrator, "other"));
            JsonObject line = toldOf(server, here);
            assertThat(line.text("level")).contains("WARN");
            assertThat(line.text("node")).contains("only");
            assertThat(line.text("principal").orElseThrow()).startsWith("key_");
            assertThat(line.text("stack").orElseThrow())
                    .contains("broken for " + line.text("tenant").orElseThrow(), "[bearer-token]")
                    .doesNotContain("abcdefghij");
            assertThat(server.output()).doesNotContain(administrator.key());
        }
    }

    @Test
    void anUnknownFormatIsRefused() throws Exception {
        ServerProcess.Refusal refusal =
                ServerProcess.startRefused(List.of("--data-dir=" + directory.resolve("none"), "--log-format=xml"));
        assertThat(refusal.exitCode()).isEqualTo(2);
        assertThat(refusal.output()).contains("'log-format' is neither text nor json: 'xml'");
    }

    private void install(Api api) throws IOException {
        Path jar = SyntheticJar.plugin("breaking", "1.0.0")
                .extension("synthetic.Breaking", SOURCE)
                .writeTo(Files.createDirectories(directory.resolve("jars")));
        api.succeeded(api.upload("/api/v1/plugins?acceptAll=true", jar).expect(202));
    }

    /** The id of an execution that the tool of the plugin has broken. */
    private static String failed(Api api) {
        JsonObject config = JsonObject.of("tool", "breaking.break", "arguments", JsonObject.EMPTY, "output", "text");
        api.post("/api/v1/graphs", OneNode.graph("break", "tool", config, "text"))
                .expect(201);
        JsonObject ended = api.executed("break", JsonObject.EMPTY);
        assertThat(ended.text("state")).as(ended.toString()).contains("FAILED");
        return ended.text("id").orElseThrow();
    }

    private static Optional<String> tenant(Api administrator, String name) {
        return administrator.get("/api/v1/tenants/" + name).expect(200).text("id");
    }

    /** The line of the plugin's failure in that execution; all lines of the log are read. */
    private static JsonObject toldOf(ServerProcess server, String execution) throws IOException {
        return server.output()
                .lines()
                .filter(line -> !line.startsWith("READY "))
                .map(Json::parseObject)
                .filter(line -> line.text("execution").equals(Optional.of(execution))
                        && line.text("message").orElse("").contains("breaking"))
                .findFirst()
                .orElseThrow(() -> new AssertionError("No line of " + execution));
    }
}
