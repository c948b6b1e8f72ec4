package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests that fit the description and requests that do not, made up for every operation that there is. */
@Timeout(600)
class RequestSweepTest {

    private static final int ROUNDS = Integer.getInteger("test.rounds", 4);

    private final long seed = Long.getLong("test.seed", System.nanoTime());

    @Test
    void aTenantsKeyGetsAnswersThatTheDescriptionAllows() throws Exception {
        try (TestServer app = new TestServer()) {
            app.post(app.acmeKey, "/api/v1/graphs", ExecutionApiTest.GREET);
            RequestSweep.Outcome outcome = new RequestSweep(app.server.address(), app.acmeKey, Optional.empty(), seed)
                    .knowing("graph", "greet")
                    .knowing(OwnedThings.make(app))
                    .run(ROUNDS);
            assertThat(outcome.findings()).as("test.seed=%s", seed).isEmpty();
            assertThat(outcome.statuses()).containsKeys(200, 201, 202, 400, 403, 404);
            assertThat(outcome.succeeded()).hasSizeGreaterThan(80);
        }
    }

    @Test
    void anAdministratorsKeyGetsAnswersThatTheDescriptionAllows() throws Exception {
        try (TestServer app = new TestServer()) {
            app.post(app.acmeKey, "/api/v1/graphs", ExecutionApiTest.GREET);
            RequestSweep.Outcome outcome = new RequestSweep(
                            app.server.address(), app.adminKey, Optional.of("acme"), seed)
                    .knowing("graph", "greet")
                    .knowing(OwnedThings.make(app))
                    .run(ROUNDS);
            assertThat(outcome.findings()).as("test.seed=%s", seed).isEmpty();
            assertThat(outcome.statuses()).containsKeys(200, 201, 202, 400, 404);
            assertThat(outcome.succeeded()).hasSizeGreaterThan(100);
        }
    }
}
