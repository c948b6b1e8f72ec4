package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests that fit the description and requests that do not, made up for every operation that there is. */
@Timeout(120)
class RequestSweepTest {

    private static final int ROUNDS = Integer.getInteger("test.rounds", 25);

    @Test
    void everyAnswerIsOneThatTheDescriptionAllows() throws Exception {
        long seed = Long.getLong("test.seed", System.nanoTime());
        System.out.println("test.seed=" + seed);
        try (TestServer app = new TestServer()) {
            RequestSweep.Outcome outcome = new RequestSweep(app.server.address(), app.acmeKey, seed).run(ROUNDS);
            System.out.println(outcome.statuses() + " " + outcome.succeeded());
            assertThat(outcome.findings()).as("seed %s", seed).isEmpty();
            assertThat(outcome.statuses()).containsKeys(200, 201, 400, 404);
            assertThat(outcome.succeeded()).hasSizeGreaterThan(20);
        }
    }
}
