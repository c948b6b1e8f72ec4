package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two servers side by side, and plugins that come and go under executions. */
class PluginChurnIT {

    private static final int CYCLES = 50;
    private static final Duration PAUSE = Duration.ofMillis(20);

    @TempDir
    private Path directory;

    @Tag("long")
    @Test
    void pluginIsInstalledSwappedAndRemovedFiftyTimesUnderExecutions() throws Exception {
        try (ServerProcess server = ServerProcess.start(directory)) {
            Api api = server.administrator();
            api.install("hello-tool");
            api.post("/api/v1/graphs", Greeting.graph()).expect(201);
            AtomicBoolean stop = new AtomicBoolean();
            List<String> started = new ArrayList<>();
            Thread load = Thread.ofVirtual().start(() -> {
                // A steady load: one without a pause would take the processors that the churn needs.
                while (!stop.get()) {
                    LockSupport.parkNanos(PAUSE.toNanos());
                    started.add(api.post(
                                    "/api/v1/executions",
                                    JsonObject.of("graph", "greet", "input", JsonObject.of("name", "x")))
                            .expect(202)
                            .text("id")
                            .orElseThrow());
                }
            });
            for (int cycle = 0; cycle < CYCLES; cycle++) {
                // A churn of another plugin beside the one in use, and a swap of the one in use.
                api.install("tool-documents");
                api.succeeded(api.post(
                                "/api/v1/plugins/hello-tool/swap",
                                JsonObject.of("listing", "hello-tool", "acceptAll", true))
                        .expect(202));
                api.succeeded(api.delete("/api/v1/plugins/tool-documents").expect(202));
            }
            stop.set(true);
            load.join();
            assertThat(started).hasSizeGreaterThan(CYCLES);
            for (String id : started) {
                JsonObject execution = api.execution(id, Duration.ofSeconds(60));
                assertThat(execution.text("state")).as(execution.toString()).contains("SUCCEEDED");
            }
        }
    }

    @Test
    void twoServersLiveSideBySide() throws Exception {
        try (ServerProcess one = ServerProcess.start(directory.resolve("one"));
                ServerProcess two = ServerProcess.start(directory.resolve("two"))) {
            one.administrator().install("hello-tool");
            assertThat(one.administrator().get("/api/v1/plugins/hello-tool").status())
                    .isEqualTo(200);
            assertThat(two.administrator().get("/api/v1/plugins/hello-tool").status())
                    .isEqualTo(404);
            // 143 is what a process reports that ended cleanly after SIGTERM.
            assertThat(one.stop()).isEqualTo(143);
            two.administrator().install("hello-tool");
        }
    }
}
