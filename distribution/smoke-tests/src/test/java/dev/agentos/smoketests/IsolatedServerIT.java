package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.testkit.SyntheticJar;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A plugin in a process of its own in the built server, by the API alone. */
class IsolatedServerIT {

    private static final Duration LONGEST = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    @Test
    void aPluginLivesAndDiesByItselfAndStaysWhereItWasPut() throws Exception {
        Path data = folder.resolve("data");
        Path jar = jar();
        ProcessHandle last;
        try (ServerProcess server = ServerProcess.start(data)) {
            Api api = server.administrator();
            api.succeeded(api.upload("/api/v1/plugins?acceptAll=true&isolated=true", jar)
                    .expect(202));
            assertThat(api.get("/api/v1/plugins/odd").expect(200).bool("isolated"))
                    .contains(true);
            api.post("/api/v1/graphs", graph()).expect(201);
            assertThat(said(api, "hello")).contains("hello");

            ProcessHandle first = worker(server);
            assertThat(Files.readString(Path.of("/proc", String.valueOf(first.pid()), "environ")))
                    .isEmpty();
            first.destroyForcibly();
            await().atMost(LONGEST).until(() -> !first.isAlive());
            assertThat(said(api, "again")).contains("again");
            assertThat(worker(server)).isNotEqualTo(first);

            assertThat(said(api, "file")).contains("plugin odd lacks permission fs.read /etc/passwd");
            assertThat(api.get("/api/v1/plugins/odd").text()).contains("fs.read /etc/passwd");
            assertThat(api.get("/api/v1/plugins/odd/logs").text())
                    .contains("Its process has crashed: it was killed")
                    .contains("Denied 'fs.read /etc/passwd'")
                    .contains("I heard again");

            assertThat(said(api, "heap")).contains("plugin:CRASHED").contains("out of memory");
            assertThat(api.get("/readyz").status()).isEqualTo(200);
            assertThat(said(api, "still")).contains("still");
            last = worker(server);
            server.kill();
        }
        await().atMost(LONGEST).until(() -> !last.isAlive());
        try (ServerProcess server = ServerProcess.start(data)) {
            Api api = server.administrator();
            assertThat(said(api, "back")).contains("back");
            assertThat(worker(server).isAlive()).isTrue();
            api.succeeded(api.put("/api/v1/plugins/odd/isolation", JsonObject.of("isolated", false), "If-Match", "*")
                    .expect(202));
            assertThat(workers(server)).isEmpty();
            assertThat(said(api, "inside")).contains("inside");
        }
    }

    private static String said(Api api, String word) {
        return api.executed("odd", JsonObject.of("word", word)).toString();
    }

    private static ProcessHandle worker(ServerProcess server) {
        await().atMost(LONGEST).until(() -> workers(server).size() == 1);
        return workers(server).getFirst();
    }

    private static List<ProcessHandle> workers(ServerProcess server) {
        return ProcessHandle.of(server.pid())
                .orElseThrow()
                .children()
                .filter(child -> child.info()
                        .commandLine()
                        .filter(line -> line.endsWith("PluginWorker odd"))
                        .isPresent())
                .toList();
    }

    private static JsonObject graph() {
        return OneNode.graph(
                "odd",
                "tool",
                JsonObject.of("tool", "odd.say", "arguments", JsonObject.of("word", "word"), "output", "said"),
                "word",
                "said");
    }

    private Path jar() {
        return SyntheticJar.plugin("odd", "1.0.0")
                .permissions(PermissionRequest.parseHeader("fs.read;target=\"${data}/**\";reason=\"its own\"")
                        .toArray(PermissionRequest[]::new))
                .extension("odd.Odd", """
                    package odd;

                    import dev.agentos.spi.*;
                    import java.util.*;

                    @AgentOsExtension
                    public final class Odd implements Tool {
                        private PluginContext context;

                        @Override
                        public void start(PluginContext context) {
                            this.context = context;
                        }

                        @Override
                        public ToolDescription description() {
                            return new ToolDescription("odd.say", "Says.", JsonObject.of("type", "object"), Effect.PURE);
                        }

                        @Override
                        public ToolResult call(JsonObject arguments, CallContext call) {
                            String word = arguments.text("word").orElseThrow();
                            context.logger().log(System.Logger.Level.INFO, "I heard " + word);
                            List<byte[]> all = new ArrayList<>();
                            while (word.equals("heap")) {
                                all.add(new byte[1 << 20]);
                            }
                            if (word.equals("file")) {
                                try {
                                    return ToolResult.failure(
                                            java.nio.file.Files.readString(java.nio.file.Path.of("/etc/passwd")));
                                } catch (java.io.IOException | SecurityException e) {
                                    return ToolResult.of(new JsonString(String.valueOf(e.getMessage())));
                                }
                            }
                            return ToolResult.of(new JsonString(word));
                        }
                    }
                    """)
                .writeTo(folder);
    }
}
