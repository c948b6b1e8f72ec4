package dev.agentos.faultlab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.faultlab.harness.Api;
import dev.agentos.faultlab.harness.Events;
import dev.agentos.faultlab.harness.FaultCase;
import dev.agentos.faultlab.harness.Lab;
import dev.agentos.faultlab.harness.LabExtension;
import dev.agentos.faultlab.harness.Ledger;
import dev.agentos.faultlab.harness.Load;
import dev.agentos.faultlab.harness.Server;
import dev.agentos.faultlab.harness.SqlFault;
import dev.agentos.faultlab.harness.Trap;
import dev.agentos.spi.JsonObject;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The database is stopped, cut off, silent, exhausted and at odds with itself. */
@ExtendWith(LabExtension.class)
class DatabaseIT {

    private static final int MOST_REQUESTS = 60;

    private static JsonObject gated(String gate) {
        return Graphs.line(
                "database-" + gate,
                Graphs.log(),
                Graphs.gate("gate", gate),
                Graphs.node("behind", "lab.work", JsonObject.of("output", "log")));
    }

    @Test
    @FaultCase(23)
    void aDatabaseThatCrashesUnderLoadCostsNothingButTime(Lab lab) throws InterruptedException {
        String running = lab.start(lab.a(), gated("crashing"), JsonObject.EMPTY);
        lab.ledger().awaitCalls(running, "gate", 1);
        try (Load load = new Load(lab, Graphs.effects(2))) {
            load.awaitAnswers(20);
            lab.postgres().stopImmediately();
            await("unreadiness", () -> status(lab.a1(), "/readyz") == 503);
            assertThat(status(lab.a1(), "/livez")).isEqualTo(200);
            Thread.sleep(2_000);
            lab.postgres().start();
            long back = System.nanoTime();
            await("readiness", () -> status(lab.a1(), "/readyz") == 200 && status(lab.b1(), "/readyz") == 200);
            Duration unready = Duration.ofNanos(System.nanoTime() - back);
            lab.evidence("ready again after " + unready.toMillis() + " ms");
            assertThat(unready).isLessThan(Duration.ofSeconds(10));
            load.awaitAnswers(20);
            load.stop();
            assertThat(load.unexpected()).isEmpty();
            lab.evidence(load.toString());
        }
        lab.ledger().open("crashing");
        JsonObject done = lab.a1().end(running);
        assertThat(done.text("state")).as(done.toString()).contains("SUCCEEDED");
    }

    @Test
    @FaultCase(25)
    void aServerThatStartsBeforeItsDatabaseWaitsForIt(Lab lab) {
        Server early = lab.extra("early");
        early.network().refuse();
        early.launch();
        await("life", () -> {
            assertThat(early.running()).as("the server still runs").isTrue();
            return status(lab.api(early), "/livez") == 200;
        });
        await("what it waits for", () -> early.output().contains("WAITING The database at "));
        Api.Answer unready = lab.api(early).get("/readyz");
        assertThat(unready.status()).isEqualTo(503);
        assertThat(unready.text()).contains("waits for its database");
        Api.Answer refused = lab.api(early).post("/api/v1/executions", JsonObject.of("graph", "any"));
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.header("Retry-After")).isPresent();
        early.network().pass();
        early.awaitReady();
        assertThat(status(lab.api(early), "/readyz")).isEqualTo(200);
    }

    @Test
    @FaultCase(26)
    void aSilentDatabaseHoldsNobodyForEver(Lab lab) {
        String running = lab.startOnA(gated("silent"), JsonObject.EMPTY);
        lab.ledger().awaitCalls(running, "gate", 1);
        long threads = lab.a().threads();
        lab.b().unpause();
        lab.a().network().blackhole();
        List<CompletableFuture<Api.Answer>> asked = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            asked.add(lab.later(() -> lab.a1().get("/api/v1/executions?limit=1")));
        }
        await("unreadiness", () -> status(lab.a1(), "/readyz") == 503);
        assertThat(status(lab.a1(), "/livez")).isEqualTo(200);
        for (CompletableFuture<Api.Answer> one : asked) {
            // Bounded by the socket's and the pool's limits; the client's own is 60 s.
            assertThat(one.join().status()).isEqualTo(503);
            assertThat(one.join().header("Retry-After")).isPresent();
        }
        lab.ledger().awaitCalls(running, "gate", 2);
        lab.ledger().open("silent");
        assertThat(lab.b1().end(running).text("state")).contains("SUCCEEDED");

        lab.a().network().pass();
        await("readiness", () -> status(lab.a1(), "/readyz") == 200);
        assertThat(lab.a1().get("/api/v1/executions?limit=1").status()).isEqualTo(200);
        await("threads back to " + threads, () -> lab.a().threads() <= threads + 10);
    }

    @Test
    @FaultCase(26)
    void aSlowAndHalfClosedNetworkIsSurvived(Lab lab) {
        lab.a().network().delay(Duration.ofMillis(20));
        lab.a().network().throttle(100_000);
        String slow = lab.start(lab.a(), Graphs.effects(3), JsonObject.EMPTY);
        lab.b1().end(slow);
        lab.a().network().pass();
        String cut = lab.start(lab.a(), gated("half-closed"), JsonObject.EMPTY);
        lab.a().network().halfClose();
        lab.ledger().open("half-closed");
        JsonObject ended = lab.b1().end(cut);
        assertThat(ended.text("state")).as("%s", ended).contains("SUCCEEDED");
        await("answers", () -> status(lab.a1(), "/api/v1/executions?limit=1") == 200);
    }

    @Test
    @FaultCase(27)
    void aStepWhoseCommitWasNotHeardOfIsStoredOnce(Lab lab) {
        String id = lab.startOnA(gated("unheard-step"), JsonObject.EMPTY);
        lab.ledger().awaitCalls(id, "gate", 1);
        Trap row = lab.cutCommitOf(lab.a(), Trap.LOG_ROW);
        lab.ledger().open("unheard-step");
        row.awaitSprung();

        assertThat(lab.a1().end(id).text("state")).contains("SUCCEEDED");
        List<JsonObject> events = lab.a1().events(id);
        assertThat(Events.ofNode(events, "task.finished", "gate")).hasSize(1);
        assertThat(Events.ofType(events, "execution.resumed")).isEmpty();
        assertThat(lab.ledger().calls(id)).hasSize(2);
    }

    @Test
    @FaultCase(28)
    void anExhaustedPoolRefusesFastAndTheProbesAnswer(Lab lab) throws SQLException {
        lab.start(lab.a(), Graphs.effects(1), JsonObject.EMPTY);
        List<CompletableFuture<Api.Answer>> asked = new ArrayList<>();
        try (Connection holder = lab.postgres().sql().open();
                Statement statement = holder.createStatement()) {
            holder.setAutoCommit(false);
            statement.execute("LOCK TABLE agentos.executions IN ACCESS EXCLUSIVE MODE");
            for (int i = 0; i < MOST_REQUESTS; i++) {
                asked.add(lab.later(() -> lab.a1().get("/api/v1/executions?limit=1")));
            }
            CompletableFuture.anyOf(asked.toArray(CompletableFuture[]::new)).join();
            for (String probe : List.of("/livez", "/readyz")) {
                long began = System.nanoTime();
                assertThat(status(lab.a1(), probe)).isEqualTo(200);
                Duration took = Duration.ofNanos(System.nanoTime() - began);
                lab.evidence(probe + " took " + took.toMillis() + " ms");
                assertThat(took).as(probe).isLessThan(Duration.ofSeconds(1));
            }
            asked.forEach(CompletableFuture::join);
            holder.rollback();
        }
        assertThat(asked.stream().map(one -> one.join().status()).distinct()).containsExactly(503);
        assertThat(asked.stream()
                        .map(one -> one.join().header("Retry-After").isPresent())
                        .distinct())
                .containsExactly(true);
        await("answers", () -> status(lab.a1(), "/api/v1/executions?limit=1") == 200);
    }

    @Test
    @FaultCase(29)
    void conflictsOfTransactionsAreTriedAgainWithinBounds(Lab lab) {
        for (String state : List.of("40001", "40P01")) {
            SqlFault admission = lab.fail("INSERT", "executions", "", state, 2);
            String id = lab.start(lab.a(), Graphs.effects(2), JsonObject.EMPTY);
            SqlFault row = lab.fail("INSERT", "execution_log", "", state, 12);
            SqlFault move = lab.fail("UPDATE", "executions", "", state, 20);
            List<String> ids = new ArrayList<>(List.of(id));
            for (int i = 0; i < 5; i++) {
                ids.add(await(lab));
            }
            for (String one : ids) {
                assertThat(lab.a1().end(one).text("state")).contains("SUCCEEDED");
                assertThat(lab.ledger().calls(one).stream().filter(Ledger.Call::effect))
                        .hasSize(2);
            }
            assertThat(admission.hits()).isGreaterThan(2);
            assertThat(row.hits()).isGreaterThan(12);
            assertThat(move.hits()).isGreaterThan(20);
            lab.evidence(state + ": " + (admission.hits() + row.hits() + move.hits()) + " statements");
            List.of(admission, row, move).forEach(SqlFault::close);
        }
    }

    /** An execution that is admitted in the end, as a client that is asked to come again does it. */
    private static String await(Lab lab) {
        JsonObject request = JsonObject.of("graph", lab.deployed(Graphs.effects(2)));
        return lab.acknowledged(Awaitility.await("admission")
                .atMost(Duration.ofSeconds(30))
                .until(() -> lab.a1().post("/api/v1/executions", request), answer -> {
                    assertThat(answer.status()).as(answer.text()).isIn(202, 503);
                    return answer.status() == 202;
                })
                .json()
                .text("id")
                .orElseThrow());
    }

    private static void await(String what, java.util.concurrent.Callable<Boolean> condition) {
        Awaitility.await(what)
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(50))
                .ignoreException(UncheckedIOException.class)
                .until(condition);
    }

    private static int status(Api api, String path) {
        return api.get(path).status();
    }
}
