package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.smoketests.Api.Answer;
import dev.agentos.spi.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Inputs as large as each may be, several at once, end no server: some wait for the others. */
@Timeout(180)
class LargeInputsIT {

    private static final int AT_ONCE = 6;
    private static final int CHARACTERS = 15 * 1024 * 1024;

    @TempDir
    private Path directory;

    @Test
    void theLargestInputsAtOnceAreAllTaken() throws Exception {
        try (ServerProcess server = ServerProcess.start(directory.resolve("data"));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Api api = server.administrator();
            api.post(
                            "/api/v1/graphs",
                            JsonObject.of(
                                    "metadata", JsonObject.of("name", "large"),
                                    "channels",
                                            JsonObject.of(
                                                    "text", JsonObject.of("type", "string", "reducer", "last"),
                                                    "length", JsonObject.of("type", "integer", "reducer", "last")),
                                    "nodes",
                                            List.of(JsonObject.of(
                                                    "id",
                                                    "count",
                                                    "type",
                                                    "transform",
                                                    "config",
                                                    JsonObject.of("set", JsonObject.of("length", "1")))),
                                    "edges", List.of(JsonObject.of("source", "START", "target", "count"))))
                    .expect(201);
            JsonObject start = JsonObject.of("graph", "large", "input", JsonObject.of("text", "x".repeat(CHARACTERS)));
            List<Callable<Answer>> posts = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                posts.add(() -> api.post("/api/v1/executions", start));
            }
            int taken = 0;
            for (Future<Answer> answer : threads.invokeAll(posts)) {
                if (answer.get().status() == 503) {
                    assertThat(answer.get().json().text("code")).contains("server:TOO_BUSY");
                    continue;
                }
                taken++;
                String id = answer.get().expect(202).text("id").orElseThrow();
                assertThat(api.execution(id, Duration.ofSeconds(60)).text("state"))
                        .contains("SUCCEEDED");
            }
            assertThat(taken).isPositive();
        }
    }
}
