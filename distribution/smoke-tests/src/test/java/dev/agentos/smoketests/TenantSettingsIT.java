package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.testkit.SyntheticJar;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One copy of a plugin's code, two tenants with a configuration and a secret each, and a server that is killed. */
class TenantSettingsIT {

    private static final String SOURCE = """
        package synthetic;

        import dev.agentos.spi.*;

        @AgentOsExtension
        public final class Painter implements Tool {
            @Override
            public ToolDescription description() {
                return new ToolDescription("painter.paint", "Paints.", JsonObject.of("type", "object"), Effect.PURE);
            }

            @Override
            public ToolResult call(JsonObject arguments, CallContext call) {
                return ToolResult.of(new JsonString(
                        call.plugin().configuration().text("colour").orElse("white") + " by "
                        + call.plugin().secret("BRUSH").map(secret -> secret.length() + " letters").orElse("nobody")));
            }
        }
        """;

    private static final String SCHEMA = """
        {"type": "object", "properties": {"colour": {"enum": ["red", "blue"]}}, "additionalProperties": false}
        """;

    @TempDir
    private Path directory;

    @Test
    void eachTenantKeepsItsSettingsThroughAKill() throws Exception {
        Path data = directory.resolve("data");
        try (ServerProcess server = ServerProcess.start(data)) {
            Api api = server.administrator();
            install(api);
            for (String tenant : List.of("alpha", "beta", "default")) {
                if (!tenant.equals("default")) {
                    api.post("/api/v1/tenants", JsonObject.of("name", tenant)).expect(201);
                }
                JsonObject config =
                        JsonObject.of("tool", "painter.paint", "arguments", JsonObject.EMPTY, "output", "text");
                api.forTenant(tenant)
                        .post("/api/v1/graphs", OneNode.graph("paint", "tool", config, "text"))
                        .expect(201);
            }
            set(api, "alpha", JsonObject.of("configuration", JsonObject.of("colour", "red")));
            set(api, "alpha", JsonObject.of("secrets", JsonObject.of("BRUSH", "the brush of alpha")));
            set(api, "beta", JsonObject.of("secrets", JsonObject.of("BRUSH", "beta's")));
            assertThat(painted(api, "alpha")).isEqualTo("red by 18 letters");
            assertThat(painted(api, "beta")).isEqualTo("white by 6 letters");
            assertThat(painted(api, "default")).isEqualTo("white by nobody");
            server.kill();
        }
        try (ServerProcess server = ServerProcess.start(data)) {
            Api api = server.administrator();
            assertThat(painted(api, "alpha")).isEqualTo("red by 18 letters");
            assertThat(painted(api, "beta")).isEqualTo("white by 6 letters");
            // With new keys of both kinds, and the old ones gone.
            rotate(api, JsonObject.EMPTY, 0);
            rotate(api, JsonObject.of("allTenants", true), 2);
            api.post("/api/v1/secrets-keys/retire", JsonObject.EMPTY).expect(200);
            assertThat(Files.readAllLines(data.resolve("secrets.key"))).hasSize(1);
            assertThat(painted(api, "alpha")).isEqualTo("red by 18 letters");
            // Not one is lost when a rotation ends in the middle.
            api.post("/api/v1/secrets-keys/rotate", JsonObject.of("allTenants", true))
                    .expect(202);
            server.kill();
        }
        try (ServerProcess server = ServerProcess.start(data)) {
            Api api = server.administrator();
            assertThat(painted(api, "alpha")).isEqualTo("red by 18 letters");
            assertThat(painted(api, "beta")).isEqualTo("white by 6 letters");
            set(api, "beta", JsonObject.of("enabled", false));
            JsonObject refused = api.forTenant("beta").executed("paint", JsonObject.EMPTY);
            assertThat(refused.object("failure").orElseThrow().text("code")).contains("plugin:NOT_ENABLED");
            assertThat(painted(api, "alpha")).isEqualTo("red by 18 letters");
        }
        assertThat(written(data, "painter.paint"))
                .as("the search finds something")
                .isNotEmpty();
        assertThat(written(data, "the brush of alpha"))
                .as("nowhere in the clear")
                .isEmpty();
    }

    private static void rotate(Api api, JsonObject what, int values) {
        JsonObject ended =
                api.succeeded(api.post("/api/v1/secrets-keys/rotate", what).expect(202));
        JsonObject result = ended.object("result").orElseThrow();
        assertThat(result.member("values")).contains(JsonNumber.of(values));
        assertThat(result.member("unreadable")).contains(JsonNumber.of(0));
    }

    private void install(Api api) throws IOException {
        Path jar = SyntheticJar.plugin("painter", "1.0.0")
                .permissions(PermissionRequest.parseHeader("secret.read;target=\"BRUSH\"")
                        .toArray(PermissionRequest[]::new))
                .header("AgentOS-Settings", "settings.json")
                .entry("settings.json", SCHEMA)
                .extension("synthetic.Painter", SOURCE)
                .writeTo(Files.createDirectories(directory.resolve("jars")));
        api.succeeded(api.upload("/api/v1/plugins?acceptAll=true", jar).expect(202));
    }

    private static void set(Api api, String tenant, JsonObject settings) {
        api.put("/api/v1/tenants/" + tenant + "/plugins/painter", settings, "If-Match", "*")
                .expect(200);
    }

    private static String painted(Api api, String tenant) {
        JsonObject ended = api.forTenant(tenant).executed("paint", JsonObject.EMPTY);
        return ended.object("output")
                .flatMap(output -> output.text("text"))
                .orElseThrow(() -> new AssertionError(ended.toString()));
    }

    /** The files below a folder that hold a text. */
    private static List<Path> written(Path folder, String text) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .filter(Files::isReadable)
                    .filter(file -> holds(file, text))
                    .toList();
        }
    }

    private static boolean holds(Path file, String text) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text);
        } catch (IOException e) {
            return false;
        }
    }
}
