package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.testkit.SyntheticJar;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the host lends to a plugin in the built server: requests that are checked, metrics that are seen. */
class CapabilitiesIT {

    private static final String SOURCE = """
        package synthetic;

        import dev.agentos.spi.*;

        @AgentOsExtension
        public final class Asking implements Tool {
            private PluginContext context;

            @Override
            public void start(PluginContext context) {
                this.context = context;
            }

            @Override
            public ToolDescription description() {
                return new ToolDescription("asking.ask", "Asks.", JsonObject.of("type", "object"), Effect.PURE);
            }

            @Override
            public ToolResult call(JsonObject arguments, CallContext call) {
                try {
                    HttpResponse response = context.http().send(HttpRequest.get(arguments.text("uri").orElse("")));
                    context.metrics().count("answers", 1, "status", "" + response.status());
                    return ToolResult.of(new JsonString(response.text()));
                } catch (AgentOsException e) {
                    return ToolResult.of(new JsonString(e.errorCode().code()));
                }
            }
        }
        """;

    @TempDir
    private Path directory;

    /** Case 89, in the built server. */
    @Test
    void requestsGoWhereTheyAreGrantedAndNowhereElse() throws Exception {
        HttpServer granted = answering("granted");
        HttpServer inside = answering("inside");
        granted.createContext("/away", exchange -> {
            exchange.getResponseHeaders().set("Location", address(inside));
            exchange.sendResponseHeaders(302, -1);
            exchange.close();
        });
        try (ServerProcess server = ServerProcess.start(directory.resolve("data"))) {
            Api api = server.administrator();
            int port = granted.getAddress().getPort();
            install(api, "asking", "net.connect;target=\"127.0.0.1:" + port + "\",net.connect;target=\"*:*\"");

            assertThat(asked(api, address(granted))).isEqualTo("granted");
            // Everything is granted, and still nothing inside but what is named by its address.
            assertThat(asked(api, address(inside))).isEqualTo("http:ADDRESS_REFUSED");
            assertThat(asked(api, "http://localhost:" + inside.getAddress().getPort() + "/"))
                    .isEqualTo("http:ADDRESS_REFUSED");
            assertThat(asked(api, address(granted) + "away")).isEqualTo("http:ADDRESS_REFUSED");
            assertThat(asked(api, "http://169.254.169.254/latest/meta-data/")).isEqualTo("http:ADDRESS_REFUSED");

            install(api, "other", "net.connect;target=\"127.0.0.1:" + port + "\"");
            assertThat(asked(api, "other", address(inside))).isEqualTo("plugin:PERMISSION_DENIED");
            assertThat(api.get("/api/v1/plugins/other").expect(200).toString())
                    .contains("net.connect 127.0.0.1:" + inside.getAddress().getPort());
            assertThat(metrics(api))
                    .contains("agentos_executions_ended_total{state=\"succeeded\"}")
                    .contains("agentos_executions_running ")
                    .contains("agentos_executions_given_up_total 0.0")
                    .contains("agentos_plugin_asking_answers_total{plugin=\"asking\",status=\"200\"} 1.0")
                    .contains("agentos_plugins_denials_total{permission=\"net.connect\",plugin=\"other\"} 1.0")
                    .contains("agentos_plugins_calls_seconds_count{outcome=\"returned\",plugin=\"asking\"} 5")
                    .contains("agentos_plugins_cpu_seconds_total{plugin=\"asking\"}");
        } finally {
            granted.stop(0);
            inside.stop(0);
        }
    }

    private static String metrics(Api api) {
        Api.Answer answer = api.get("/metrics");
        assertThat(answer.status()).isEqualTo(200);
        return answer.text();
    }

    private static String address(HttpServer server) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
    }

    private static HttpServer answering(String text) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = text.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return server;
    }

    /** Installs a plugin of that name, and a graph of the same name that asks through it. */
    private void install(Api api, String name, String permissions) throws IOException {
        Path jar = SyntheticJar.plugin(name, "1.0.0")
                .permissions(PermissionRequest.parseHeader(permissions).toArray(PermissionRequest[]::new))
                .extension("synthetic.Asking", SOURCE.replace("asking.ask", name + ".ask"))
                .writeTo(Files.createDirectories(directory.resolve("jars")));
        api.succeeded(api.upload("/api/v1/plugins?acceptAll=true", jar).expect(202));
        JsonObject config =
                JsonObject.of("tool", name + ".ask", "arguments", JsonObject.of("uri", "uri"), "output", "text");
        api.post("/api/v1/graphs", OneNode.graph(name, "tool", config, "uri", "text"))
                .expect(201);
    }

    private static String asked(Api api, String uri) {
        return asked(api, "asking", uri);
    }

    private static String asked(Api api, String graph, String uri) {
        JsonObject ended = api.executed(graph, JsonObject.of("uri", uri));
        return ended.object("output")
                .flatMap(output -> output.text("text"))
                .orElseThrow(() -> new AssertionError(ended.toString()));
    }
}
