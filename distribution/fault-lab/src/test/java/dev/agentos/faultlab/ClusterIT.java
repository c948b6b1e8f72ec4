package dev.agentos.faultlab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.faultlab.harness.Api;
import dev.agentos.faultlab.harness.Events;
import dev.agentos.faultlab.harness.FaultCase;
import dev.agentos.faultlab.harness.Lab;
import dev.agentos.faultlab.harness.LabExtension;
import dev.agentos.faultlab.harness.Ledger;
import dev.agentos.faultlab.harness.Server;
import dev.agentos.faultlab.harness.SqlFault;
import dev.agentos.spi.JsonObject;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two servers share the work of one database, and never both do one execution's. */
@ExtendWith(LabExtension.class)
class ClusterIT {

    private static final int RUNNING = 50;
    private static final int RACES = 1_000;
    private static final int CLIENTS = 8;
    private static final int ORPHANS = 12;

    /** An effect, a gate and another effect. */
    private static JsonObject gated(String gate) {
        return Graphs.line(
                "gated-" + gate,
                Graphs.log(),
                Graphs.node("before", "lab.work", JsonObject.of("output", "log")),
                Graphs.gate("gate", gate),
                Graphs.node("behind", "lab.work", JsonObject.of("output", "log")));
    }

    @Test
    @FaultCase(14)
    void aServerThatIsToEndHandsItsWorkBackAtAStepBoundary(Lab lab) {
        List<String> ids = new ArrayList<>();
        ids.add(lab.startOnA(gated("drain"), JsonObject.EMPTY));
        for (int i = 1; i < RUNNING; i++) {
            ids.add(lab.start(lab.a(), gated("drain"), JsonObject.EMPTY));
        }
        ids.forEach(id -> lab.ledger().awaitCalls(id, "gate", 1));
        lab.a().terminate();
        int ready = Awaitility.await("unreadiness")
                .atMost(Duration.ofSeconds(5))
                .until(() -> readiness(lab.a1()), status -> status != 200);
        assertThat(ready).isEqualTo(503);
        // It still admits, but begins nothing.
        String late = lab.start(lab.a(), Graphs.effects(1), JsonObject.EMPTY);
        lab.ledger().open("drain");
        assertThat(lab.a().awaitEnd()).isEqualTo(143);
        assertThat(lab.ledger().calls(late)).isEmpty();
        lab.b().unpause();
        assertThat(lab.b1().end(late).text("state")).contains("SUCCEEDED");

        for (String id : ids) {
            assertThat(lab.b1().end(id).text("state")).contains("SUCCEEDED");
            Map<String, Long> calls = lab.ledger().calls(id).stream()
                    .collect(Collectors.groupingBy(Ledger.Call::key, Collectors.counting()));
            assertThat(calls).as(id).hasSize(3);
            assertThat(calls.values()).as(id + ": " + calls).containsOnly(1L);
        }
    }

    /** The status of the probe; -1 when nobody listens any more. */
    private static int readiness(Api api) {
        try {
            return api.get("/readyz").status();
        } catch (UncheckedIOException e) {
            return -1;
        }
    }

    @Test
    @FaultCase(15)
    void aServerThatSleptThroughItsLeaseWritesNothingMore(Lab lab) {
        String gated = lab.startOnA(gated("slept"), JsonObject.EMPTY);
        lab.ledger().hold("once");
        String once = lab.start(
                lab.a(),
                Graphs.line("slept-once", Graphs.log(), Graphs.tool("mail", "ledger.once", JsonObject.EMPTY)),
                JsonObject.EMPTY);
        lab.ledger().awaitCalls(gated, "gate", 1);
        lab.ledger().awaitCalls(once, "once", 1);
        lab.a().pause();
        lab.b().unpause();
        lab.ledger().awaitCalls(gated, "gate", 2);
        lab.b1().until(once, "WAITING");
        // Both hear from the ledger: one that has the lease and one that had it.
        lab.ledger().open("slept");
        lab.ledger().release("once");
        lab.b1().end(gated);
        lab.a().unpause();
        Awaitility.await("the sleeper's word")
                .atMost(Duration.ofSeconds(20))
                .until(() ->
                        lab.a().output().contains(gated) && lab.a().output().contains(once));

        List<JsonObject> events = lab.b1().events(gated);
        assertThat(Events.ofType(events, "execution.resumed")).hasSize(1);
        assertThat(Events.ofNode(events, "task.finished", "gate")).hasSize(1);
        assertThat(lab.ledger().calls(gated, "work").stream().filter(Ledger.Call::effect))
                .hasSize(2);
        assertThat(lab.b1().state(once)).isEqualTo("WAITING");
        assertThat(lab.ledger().calls(once, "once")).hasSize(1);
    }

    @Test
    @FaultCase(16)
    void ofTwoServersThatWantAnExecutionOneGetsIt(Lab lab) {
        // No lease runs out, however slow the machine: a second attempt is a second claim.
        restart(lab, "--lease-seconds=60");
        try {
            race(lab);
        } finally {
            restart(lab);
        }
    }

    private static void restart(Lab lab, String... settings) {
        for (Server server : List.of(lab.a(), lab.b())) {
            server.kill();
            server.settings(settings);
            server.launch();
        }
        lab.a().awaitReady();
        lab.b().awaitReady();
    }

    private static void race(Lab lab) {
        JsonObject graph =
                Graphs.line("raced", Graphs.log(), Graphs.node("work", "lab.work", JsonObject.of("output", "log")));
        // Whoever admits them has no place left, and the others stand still until all are in the queue.
        Server admitting = lab.extra("admitting");
        admitting.settings("--max-executions=1");
        admitting.start();
        String raced = lab.deployed(graph);
        lab.deployed(gated("admitting"));
        lab.a().pause();
        lab.b().pause();
        String last = lab.start(admitting, gated("admitting"), JsonObject.EMPTY);
        lab.ledger().awaitCalls(last, "gate", 1);
        List<String> ids = admitted(lab, lab.api(admitting), raced);
        assertThat(count(lab, ids, "state = 'QUEUED' AND attempt = 0")).isEqualTo(RACES);
        lab.a().unpause();
        lab.b().unpause();
        Awaitility.await("the end of all")
                .atMost(Duration.ofMinutes(2))
                .until(() -> count(lab, ids, "state = 'SUCCEEDED'") == RACES);
        assertThat(count(lab, ids, "attempt = 1")).isEqualTo(RACES);
        Map<String, Integer> byServer = new HashMap<>();
        for (String id : ids) {
            List<Ledger.Call> calls = lab.ledger().calls(id);
            assertThat(calls).as(id).hasSize(1);
            byServer.merge(calls.getFirst().server(), 1, Integer::sum);
        }
        assertThat(byServer).as("executions by server").hasSize(2);
        lab.ledger().open("admitting");
        lab.api(admitting).end(last);
        lab.evidence(ids.size() + " executions, by server " + byServer.values());
    }

    private static List<String> admitted(Lab lab, Api api, String graph) {
        List<String> ids = Collections.synchronizedList(new ArrayList<>());
        List<CompletableFuture<Void>> starts = new ArrayList<>();
        for (int client = 0; client < CLIENTS; client++) {
            starts.add(CompletableFuture.runAsync(
                    () -> {
                        for (int i = 0; i < RACES / CLIENTS; i++) {
                            String id = api.post("/api/v1/executions", JsonObject.of("graph", graph))
                                    .expect(202)
                                    .text("id")
                                    .orElseThrow();
                            // All are counted by the test; the oracles look at some of them.
                            ids.add(i % 10 == 0 ? lab.acknowledged(id) : id);
                        }
                    },
                    task -> Thread.ofVirtual().start(task)));
        }
        starts.forEach(CompletableFuture::join);
        return ids;
    }

    private static long count(Lab lab, List<String> ids, String which) {
        return lab.postgres()
                .sql()
                .number("SELECT count(*) FROM agentos.executions WHERE id = ANY (?) AND " + which, (Object)
                        ids.toArray(String[]::new));
    }

    @Test
    @FaultCase(17)
    void aDatabaseThatRestartsDuringTheTakeoverDelaysItAndNoMore(Lab lab) {
        List<String> ids = new ArrayList<>();
        ids.add(lab.startOnA(gated("orphans"), JsonObject.EMPTY));
        for (int i = 1; i < ORPHANS; i++) {
            ids.add(lab.start(lab.a(), gated("orphans"), JsonObject.EMPTY));
        }
        ids.forEach(id -> lab.ledger().awaitCalls(id, "gate", 1));
        SqlFault claim = lab.hang("UPDATE", "executions", "r->>'attempt' = '2'");
        lab.killA();
        claim.awaitHit();
        lab.postgres().stopImmediately();
        lab.postgres().start();
        claim.close();
        Instant back = Instant.now();
        lab.ledger().open("orphans");

        Duration longest = Duration.ZERO;
        for (String id : ids) {
            assertThat(lab.b1().end(id).text("state")).contains("SUCCEEDED");
            List<JsonObject> resumed = Events.ofType(lab.b1().events(id), "execution.resumed");
            assertThat(resumed).hasSize(1);
            Duration orphaned = Duration.between(back, Events.time(resumed.getFirst()));
            longest = longest.compareTo(orphaned) > 0 ? longest : orphaned;
        }
        lab.evidence("the last one taken over after " + longest.toMillis() + " ms");
        assertThat(longest).isLessThan(Duration.ofSeconds(2 * Lab.LEASE_SECONDS));
    }

    @Test
    @FaultCase(18)
    void aServerWithTheSameIdIsAnotherOneWhileTheOldDrains(Lab lab) throws Exception {
        String id = lab.startOnA(gated("twins"), JsonObject.EMPTY);
        lab.ledger().awaitCalls(id, "gate", 1);
        Server twin = lab.extra("twin");
        lab.giveIdentity(lab.a(), twin);
        lab.a().terminate();
        twin.start();
        lab.ledger().awaitCalls(id, "gate", 2);
        lab.ledger().open("twins");

        Api api = lab.api(twin);
        assertThat(api.end(id).text("state")).contains("SUCCEEDED");
        List<JsonObject> events = api.events(id);
        assertThat(Events.ofType(events, "execution.resumed")).hasSize(1);
        assertThat(Events.ofNode(events, "task.finished", "gate")).hasSize(1);
        assertThat(lab.ledger().calls(id, "work").stream().filter(Ledger.Call::effect))
                .hasSize(2);
        lab.a().awaitEnd();
    }

    @Test
    @FaultCase(33)
    void whatNobodyWasToldOfIsFoundByPolling(Lab lab) {
        lab.postgres().sql().run("REVOKE EXECUTE ON FUNCTION pg_notify(text, text) FROM PUBLIC");
        long ended = lab.postgres().terminateBackends("application_name = 'agentos listener'");
        lab.a().pause();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i <= Lab.MOST_EXECUTIONS; i++) {
            // One more than the second server has room for: the first must find it by itself.
            ids.add(lab.start(lab.b(), gated("untold-queue"), JsonObject.EMPTY));
        }
        assertThat(lab.b1().state(ids.getLast())).isEqualTo("QUEUED");
        Instant free = Instant.now();
        lab.a().unpause();
        lab.ledger().awaitCalls(ids.getLast(), "gate", 1);
        List<JsonObject> begun = Events.ofType(lab.b1().events(ids.getLast()), "execution.started");
        Duration found = Duration.between(free, Events.time(begun.getFirst()));
        assertThat(found).isLessThan(Duration.ofSeconds(2));
        lab.ledger().open("untold-queue");
        ids.forEach(id -> assertThat(lab.b1().end(id).text("state")).contains("SUCCEEDED"));

        lab.postgres().sql().run("GRANT EXECUTE ON FUNCTION pg_notify(text, text) TO PUBLIC");
        Awaitility.await("listeners")
                .atMost(Duration.ofSeconds(20))
                .until(() -> lab.postgres()
                                .sql()
                                .number("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'agentos"
                                        + " listener'")
                        >= 2);
        lab.evidence("listeners ended: " + ended + ", found after " + found.toMillis() + " ms");
    }
}
