package dev.agentos.faultlab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.faultlab.harness.Api;
import dev.agentos.faultlab.harness.FaultCase;
import dev.agentos.faultlab.harness.Lab;
import dev.agentos.faultlab.harness.LabExtension;
import dev.agentos.faultlab.harness.Ledger;
import dev.agentos.faultlab.harness.Server;
import dev.agentos.spi.JsonObject;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whoever stops everything can rely on it. */
@ExtendWith(LabExtension.class)
class KillSwitchIT {

    private static final int OF_A_KIND = 25;
    private static final int MOST_REQUESTS = 80;
    private static final Duration LIMIT = Duration.ofSeconds(2);
    private static final String SWITCH = "/api/v1/kill-switches/platform/all";

    /** An effect after another for a long time. */
    private static JsonObject busy() {
        return Graphs.effects(200);
    }

    private static JsonObject gated() {
        return Graphs.line(
                "stopped",
                Graphs.log(),
                Graphs.gate("gate", "stopped"),
                Graphs.tool("behind", "ledger.idempotent", JsonObject.EMPTY));
    }

    private static JsonObject asking() {
        return Graphs.line(
                "asks-then-acts",
                Graphs.log(),
                Graphs.node("ask", "human", JsonObject.of("prompt", "Go on?", "output", "log")),
                Graphs.tool("behind", "ledger.idempotent", JsonObject.EMPTY));
    }

    @Test
    @FaultCase(94)
    void nothingHappensAnyMoreOnceEverythingIsStopped(Lab lab) throws SQLException {
        lab.b().unpause();
        List<String> waiting = new ArrayList<>();
        List<String> others = new ArrayList<>();
        for (int i = 0; i < OF_A_KIND; i++) {
            Server server = i % 2 == 0 ? lab.a() : lab.b();
            waiting.add(lab.start(server, asking(), JsonObject.EMPTY));
            others.add(lab.start(server, gated(), JsonObject.EMPTY));
        }
        waiting.forEach(id -> lab.a1().until(id, "WAITING"));
        for (int i = 0; i < 2 * OF_A_KIND; i++) {
            others.add(lab.start(i % 2 == 0 ? lab.a() : lab.b(), busy(), JsonObject.EMPTY));
        }
        AtomicBoolean starting = new AtomicBoolean(true);
        List<String> during = new ArrayList<>();
        CompletableFuture<Void> starters = CompletableFuture.runAsync(() -> {
            while (starting.get()) {
                Api.Answer answer = lab.b1()
                        .post(
                                "/api/v1/executions",
                                JsonObject.of("graph", lab.deployed(busy()), "input", JsonObject.EMPTY));
                if (answer.status() == 202) {
                    during.add(lab.acknowledged(answer.expect(202).text("id").orElseThrow()));
                }
                // What was accepted has to end afterwards, two hundred effects each.
                sleep(Duration.ofMillis(20));
            }
        });

        Instant answered = stop(lab);
        sleep(Duration.ofSeconds(4));
        starting.set(false);
        starters.join();
        assertSilent(lab, answered);

        assertThat(lab.a1()
                        .post(
                                "/api/v1/executions",
                                JsonObject.of("graph", lab.deployed(busy()), "input", JsonObject.EMPTY))
                        .status())
                .isEqualTo(423);
        waiting.forEach(id -> assertThat(lab.b1().state(id)).isEqualTo("WAITING"));

        lab.killA();
        lab.a().launch();
        lab.a().awaitReady();
        sleep(Duration.ofSeconds(2));
        assertSilent(lab, answered);

        assertThat(lab.platform(lab.a()).delete(SWITCH + "?reason=over").status())
                .isEqualTo(200);
        others.addAll(during);
        goesOn(lab, others, waiting);
        lab.evidence(others.size() + " ended, " + waiting.size() + " waited");
    }

    /** What ran when it was stopped has ended for that reason; what waited goes on. */
    private static void goesOn(Lab lab, List<String> others, List<String> waiting) {
        lab.ledger().open("stopped");
        List<JsonObject> ends = others.stream().map(lab.b1()::end).toList();
        assertThat(ends.stream()
                        .filter(end -> end.text("state").orElseThrow().equals("CANCELLED"))
                        .map(end ->
                                end.object("failure").orElseThrow().text("code").orElseThrow()))
                .isNotEmpty()
                .containsOnly("policy:KILL_SWITCH_ENGAGED");
        assertThat(ends.stream().map(end -> end.text("state").orElseThrow())).containsOnly("CANCELLED", "SUCCEEDED");
        for (String id : waiting) {
            String interrupt = lab.b1().execution(id).array("interrupts").orElseThrow().items().stream()
                    .map(JsonObject.class::cast)
                    .findFirst()
                    .orElseThrow()
                    .text("id")
                    .orElseThrow();
            lab.b1()
                    .post(
                            "/api/v1/executions/" + id + "/resume",
                            JsonObject.of("resume", JsonObject.of(interrupt, "yes")))
                    .expect(202);
            assertThat(lab.b1().end(id).text("state")).contains("SUCCEEDED");
        }
    }

    /** Engages the switch while all connections of ordinary work are held; returns when it was answered. */
    private static Instant stop(Lab lab) throws SQLException {
        List<CompletableFuture<Api.Answer>> asked = new ArrayList<>();
        try (Connection holder = lab.postgres().sql().open();
                Statement statement = holder.createStatement()) {
            holder.setAutoCommit(false);
            statement.execute("LOCK TABLE agentos.tenant_packs IN ACCESS EXCLUSIVE MODE");
            for (int i = 0; i < MOST_REQUESTS; i++) {
                asked.add(lab.later(() -> lab.a1().get("/api/v1/tenants/self/packs")));
            }
            // Then one is refused because there is no connection left for it.
            CompletableFuture.anyOf(asked.toArray(CompletableFuture[]::new)).join();
            Instant began = Instant.now();
            lab.platform(lab.a())
                    .put(SWITCH, JsonObject.of("reason", "Fault case 94"))
                    .expect(200);
            Instant answered = Instant.now();
            assertThat(Duration.between(began, answered)).isLessThan(LIMIT);
            holder.rollback();
            asked.forEach(CompletableFuture::join);
            return answered;
        }
    }

    private static void assertSilent(Lab lab, Instant answered) {
        assertThat(lab.ledger().calls().stream()
                        .filter(Ledger.Call::effect)
                        .filter(call -> call.time().isAfter(answered.plus(LIMIT))))
                .isEmpty();
    }

    private static void sleep(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
