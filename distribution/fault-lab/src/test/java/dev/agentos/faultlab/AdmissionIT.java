package dev.agentos.faultlab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.faultlab.harness.Api;
import dev.agentos.faultlab.harness.FaultCase;
import dev.agentos.faultlab.harness.Lab;
import dev.agentos.faultlab.harness.LabExtension;
import dev.agentos.faultlab.harness.SqlFault;
import dev.agentos.faultlab.harness.Trap;
import dev.agentos.spi.JsonObject;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A client that got no answer sends the same request again, with the same key, until it gets one. */
@ExtendWith(LabExtension.class)
class AdmissionIT {

    private static final String PATH = "/api/v1/executions";
    private static final String TENANTS = "/api/v1/tenants";

    @Test
    @FaultCase(1)
    void aRequestThatDiedBeforeItsAdmissionCanBeSentAgain(Lab lab) {
        JsonObject request = request(lab, "died-before");
        SqlFault admission = lab.hang("INSERT", "executions", "");
        CompletableFuture<Api.Answer> lost =
                lab.later(() -> lab.a1().post(PATH, request, "Idempotency-Key", "died-before"));
        admission.awaitHit();
        lab.a().kill();
        admission.abort();
        assertThatThrownBy(lost::join).hasCauseInstanceOf(UncheckedIOException.class);

        Api.Answer second = again(lab.b1(), request, "died-before");
        String id = lab.acknowledged(second.expect(202).text("id").orElseThrow());
        lab.b1().end(id);
        assertThat(executionsOf(lab, "died-before")).isEqualTo(1);
    }

    @Test
    @FaultCase(2)
    void aRequestThatDiedBehindItsAdmissionIsAnsweredWithWhatItStarted(Lab lab) {
        JsonObject request = request(lab, "died-behind");
        Trap admission = lab.holdCommitOf(lab.a(), Trap.ADMISSION);
        CompletableFuture<Api.Answer> lost =
                lab.later(() -> lab.a1().post(PATH, request, "Idempotency-Key", "died-behind"));
        admission.awaitSprung();
        lab.a().kill();
        assertThatThrownBy(lost::join).hasCauseInstanceOf(UncheckedIOException.class);
        assertThat(executionsOf(lab, "died-behind")).isEqualTo(1);

        Api.Answer second = again(lab.b1(), request, "died-behind");
        String id = lab.acknowledged(second.expect(202).text("id").orElseThrow());
        lab.b1().end(id);
        assertThat(executionsOf(lab, "died-behind")).isEqualTo(1);
        assertThat(second.header("Idempotency-Replayed")).contains("true");
    }

    @Test
    @FaultCase(27)
    void anAdmissionWhoseCommitWasNotHeardOfHappensOnce(Lab lab) {
        JsonObject request = request(lab, "unheard");
        Trap admission = lab.cutCommitOf(lab.a(), Trap.ADMISSION);
        Api.Answer first = lab.a1().post(PATH, request, "Idempotency-Key", "unheard");
        admission.awaitSprung();
        assertThat(first.status()).isIn(202, 503);

        Api.Answer second = again(lab.a1(), request, "unheard");
        lab.a1().end(lab.acknowledged(second.expect(202).text("id").orElseThrow()));
        assertThat(executionsOf(lab, "unheard")).isEqualTo(1);
    }

    @Test
    @FaultCase(2)
    void anAnsweredRequestIsAnsweredTheSameByAnotherServer(Lab lab) {
        JsonObject request = request(lab, "replayed");
        JsonObject first =
                lab.a1().post(PATH, request, "Idempotency-Key", "replayed").expect(202);
        lab.acknowledged(first.text("id").orElseThrow());
        lab.a().kill();
        Api.Answer second = lab.b1().post(PATH, request, "Idempotency-Key", "replayed");
        assertThat(second.expect(202).text("id")).isEqualTo(first.text("id"));
        assertThat(second.header("Idempotency-Replayed")).contains("true");
        assertThat(executionsOf(lab, "replayed")).isEqualTo(1);
    }

    @Test
    @FaultCase(45)
    void aPostWhoseEffectWasNotHeardOfIsNotDoneAgain(Lab lab) {
        JsonObject tenant = JsonObject.of("name", "unheard");
        Trap commit = lab.cutCommitOf(lab.a(), "INSERT INTO tenants");
        Api.Answer first = lab.platform(lab.a()).post(TENANTS, tenant, "Idempotency-Key", "unheard");
        commit.awaitSprung();
        assertThat(first.status()).isEqualTo(503);

        Api.Answer second = lab.platform(lab.b()).post(TENANTS, tenant, "Idempotency-Key", "unheard");
        assertThat(second.expect(409).text("code")).contains("server:IDEMPOTENCY_KEY_UNCERTAIN");
        lab.platform(lab.b()).get(TENANTS + "/unheard").expect(200);
    }

    @Test
    @FaultCase(45)
    void aPostWhoseServerDiedBehindItsEffectIsNotDoneAgain(Lab lab) {
        JsonObject tenant = JsonObject.of("name", "orphan");
        Trap commit = lab.holdCommitOf(lab.a(), "INSERT INTO tenants");
        CompletableFuture<Api.Answer> lost =
                lab.later(() -> lab.platform(lab.a()).post(TENANTS, tenant, "Idempotency-Key", "orphan"));
        commit.awaitSprung();
        lab.a().kill();
        assertThatThrownBy(lost::join).hasCauseInstanceOf(UncheckedIOException.class);

        Api other = lab.platform(lab.b());
        assertThat(other.post(TENANTS, tenant, "Idempotency-Key", "orphan")
                        .expect(409)
                        .text("code"))
                .contains("server:IDEMPOTENCY_KEY_RUNNING");
        lab.postgres().sql().run("UPDATE agentos.idempotency_keys SET begun_at = begun_at - interval '3 minutes'");
        assertThat(other.post(TENANTS, tenant, "Idempotency-Key", "orphan")
                        .expect(409)
                        .text("code"))
                .contains("server:IDEMPOTENCY_KEY_UNCERTAIN");
        other.get(TENANTS + "/orphan").expect(200);
    }

    /** A request that starts an execution of a graph of its own, by which its executions are counted. */
    private static JsonObject request(Lab lab, String name) {
        return JsonObject.of("graph", lab.deployed(graph(name)));
    }

    private static JsonObject graph(String name) {
        return Graphs.line(
                "admitted-" + name, Graphs.log(), Graphs.tool("effect", "ledger.idempotent", JsonObject.EMPTY));
    }

    /** What a patient client gets: it waits while the request is said to be under way, or the server busy. */
    private static Api.Answer again(Api api, JsonObject request, String key) {
        return Awaitility.await("an answer to the request sent again")
                .atMost(Duration.ofSeconds(5))
                .pollInterval(Duration.ofMillis(200))
                .until(
                        () -> Optional.of(api.post(PATH, request, "Idempotency-Key", key)),
                        answer -> answer.isPresent() && answer.get().status() == 202)
                .orElseThrow();
    }

    private static long executionsOf(Lab lab, String name) {
        String filter = "?limit=100&graph=" + lab.deployed(graph(name));
        return lab.b1()
                .get(PATH + filter)
                .expect(200)
                .array("items")
                .orElseThrow()
                .size();
    }
}
