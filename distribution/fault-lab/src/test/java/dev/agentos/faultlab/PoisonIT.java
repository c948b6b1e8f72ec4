package dev.agentos.faultlab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.faultlab.harness.Failpoint;
import dev.agentos.faultlab.harness.FaultCase;
import dev.agentos.faultlab.harness.Lab;
import dev.agentos.faultlab.harness.LabExtension;
import dev.agentos.spi.JsonObject;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Executions that nobody can carry on stand in nobody's way. */
@ExtendWith(LabExtension.class)
class PoisonIT {

    private static final int MOST_LIVES = 8;

    private static JsonObject gated(String gate) {
        return Graphs.line("poison-" + gate, Graphs.log(), Graphs.gate("gate", gate));
    }

    private static void awaitParked(Lab lab, String id) {
        Awaitility.await("the poisoned one to be parked")
                .atMost(Duration.ofSeconds(15))
                .until(() -> lab.postgres()
                        .sql()
                        .rows("SELECT state FROM agentos.executions WHERE id = ?", id)
                        .equals(List.of("FAILED")));
    }

    @Test
    @FaultCase(19)
    void aRowThatCannotBeReadIsParkedAndTheRestRuns(Lab lab) {
        String poisoned = lab.startOnA(gated("row"), JsonObject.EMPTY);
        String sound = lab.start(lab.a(), gated("row"), JsonObject.EMPTY);
        List.of(poisoned, sound).forEach(id -> lab.ledger().awaitCalls(id, "gate", 1));
        lab.a().kill();
        lab.disown(poisoned);
        lab.postgres().sql().run("UPDATE agentos.executions SET configuration = '[]' WHERE id = ?", poisoned);
        lab.killA();
        lab.ledger().open("row");
        assertThat(lab.b1().end(sound).text("state")).contains("SUCCEEDED");
        awaitParked(lab, poisoned);
        JsonObject shown = lab.b1().end(poisoned);
        assertThat(shown.object("failure").orElseThrow().text("code")).contains("graph:UNREADABLE");
        assertThat(lab.b1().get("/api/v1/executions?limit=50").status()).isEqualTo(200);
    }

    @Test
    @FaultCase(19)
    void aLogThatCannotBeReadIsParkedAndTheRestRuns(Lab lab) {
        String poisoned = lab.startOnA(gated("log"), JsonObject.EMPTY);
        String sound = lab.start(lab.a(), gated("log"), JsonObject.EMPTY);
        List.of(poisoned, sound).forEach(id -> lab.ledger().awaitCalls(id, "gate", 1));
        lab.a().kill();
        lab.disown(poisoned);
        lab.postgres()
                .sql()
                .run("UPDATE agentos.execution_log SET body = '\\xdeadbeef' WHERE execution = ?", lab.number(poisoned));
        lab.killA();
        lab.ledger().open("log");
        assertThat(lab.b1().end(sound).text("state")).contains("SUCCEEDED");
        awaitParked(lab, poisoned);
    }

    @Test
    @FaultCase(20)
    @Tag("long")
    void anExecutionThatEndsItsServersIsGivenUp(Lab lab) {
        lab.a().arm(Failpoint.AFTER_CLAIM, Failpoint.Action.HALT);
        String id = lab.startUnheardOnA(Graphs.effects(1), JsonObject.EMPTY);
        lab.a().awaitEnd();
        int lives = 1;
        String state = "RUNNING";
        while (state.equals("RUNNING") && lives < MOST_LIVES) {
            lab.a().arm(Failpoint.AFTER_CLAIM, Failpoint.Action.HALT);
            lab.a().launch();
            lab.awaitLife(lab.a(), id);
            lives++;
            state = lab.postgres()
                    .sql()
                    .rows("SELECT state FROM agentos.executions WHERE id = ?", id)
                    .getFirst();
        }
        lab.forget(lab.a());
        lab.killA();
        JsonObject failed = lab.b1().end(id);
        assertThat(failed.object("failure").orElseThrow().text("code")).contains("graph:CRASHED_TOO_OFTEN");
        String next = lab.start(lab.b(), Graphs.effects(1), JsonObject.EMPTY);
        assertThat(lab.b1().end(next).text("state")).contains("SUCCEEDED");
        lab.evidence(lives + " lives");
    }
}
