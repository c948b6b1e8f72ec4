package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.http.RequestSweep;
import dev.agentos.spi.JsonObject;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Made-up requests, fitting and not, to every operation of a whole server with its database. */
class GeneratedRequestsIT {

    private static final int ROUNDS = Integer.getInteger("test.rounds", 12);

    @TempDir
    private Path directory;

    @Test
    void everyAnswerIsOneThatTheDescriptionAllows() throws Exception {
        long seed = Long.getLong("test.seed", System.nanoTime());
        try (ServerProcess server = ServerProcess.start(directory)) {
            Api administrator = server.administrator();
            administrator.install("hello-tool");
            administrator.post("/api/v1/tenants", JsonObject.of("name", "acme")).expect(201);
            administrator
                    .forTenant("acme")
                    .post("/api/v1/graphs", Greeting.graph())
                    .expect(201);
            RequestSweep.Outcome outcome = new RequestSweep(
                            administrator.address(), administrator.key(), Optional.of("acme"), seed)
                    .knowing("graph", "greet")
                    .run(ROUNDS);
            assertThat(outcome.findings()).as("test.seed=%s", seed).isEmpty();
            assertThat(outcome.succeeded()).hasSizeGreaterThan(25);
        }
    }
}
