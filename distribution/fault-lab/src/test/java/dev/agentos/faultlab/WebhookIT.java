package dev.agentos.faultlab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.faultlab.harness.Failpoint;
import dev.agentos.faultlab.harness.FaultCase;
import dev.agentos.faultlab.harness.Lab;
import dev.agentos.faultlab.harness.LabExtension;
import dev.agentos.faultlab.harness.Ledger;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Ends are told though the servers die that came to them; the ledger notes what it was told. */
@ExtendWith(LabExtension.class)
class WebhookIT {

    private static JsonObject delivery(Lab lab, String execution) {
        JsonArray found = lab.b1()
                .get("/api/v1/webhooks/deliveries?execution=" + execution)
                .expect(200)
                .array("items")
                .orElseThrow();
        assertThat(found.size()).isEqualTo(1);
        return (JsonObject) found.items().getFirst();
    }

    private static JsonObject delivered(Lab lab, String execution) {
        return Awaitility.await("the delivery of " + execution)
                .atMost(Duration.ofSeconds(120))
                .pollInterval(Duration.ofMillis(20))
                .until(
                        () -> delivery(lab, execution),
                        found -> found.text("state").orElseThrow().equals("DELIVERED"));
    }

    private static String startOnA(Lab lab) {
        JsonObject graph = Graphs.effects(1);
        String id = lab.deployed(graph);
        lab.b().pause();
        return lab.acknowledged(lab.a1()
                .post(
                        "/api/v1/executions",
                        JsonObject.of("graph", id, "webhook", lab.ledger().webhook()))
                .expect(202)
                .text("id")
                .orElseThrow());
    }

    @Test
    @FaultCase(12)
    void theEndIsToldByAnotherServerWhenItsOwnDiedRightBehindIt(Lab lab) {
        lab.a().arm(Failpoint.AFTER_FINISH, Failpoint.Action.HALT);
        String execution = startOnA(lab);
        lab.a().awaitEnd();
        String message = lab.postgres()
                .sql()
                .rows("SELECT id FROM agentos.webhook_deliveries WHERE execution = ?", execution)
                .getFirst();
        assertThat(lab.ledger().calls(execution, "webhook")).isEmpty();
        lab.killA();

        assertThat(delivered(lab, execution).text("id")).contains(message);
        assertThat(lab.ledger().calls(execution, "webhook"))
                .singleElement()
                .extracting(Ledger.Call::key)
                .isEqualTo(message);
        lab.evidence("told as " + message);
    }

    @Test
    @FaultCase(12)
    void whatWasToldByAServerThatDiedBeforeItKeptThatIsToldAgainUnderTheSameId(Lab lab) {
        lab.a().arm(Failpoint.AFTER_WEBHOOK, Failpoint.Action.HALT);
        String execution = startOnA(lab);
        lab.a().awaitEnd();
        lab.killA();
        assertThat(lab.ledger().calls(execution, "webhook")).hasSize(1);
        // What was the dead server's for a minute is so no longer.
        lab.postgres()
                .sql()
                .run("UPDATE agentos.webhook_deliveries SET next_at = clock_timestamp() WHERE execution = '" + execution
                        + "'");

        String message = delivered(lab, execution).text("id").orElseThrow();
        List<Ledger.Call> told = lab.ledger().calls(execution, "webhook");
        assertThat(told).hasSize(2).extracting(Ledger.Call::key).containsOnly(message);
        lab.evidence("told twice as " + message);
    }
}
