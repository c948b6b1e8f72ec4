package dev.agentos.faultlab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.faultlab.harness.Api;
import dev.agentos.faultlab.harness.EventFollower;
import dev.agentos.faultlab.harness.Events;
import dev.agentos.faultlab.harness.Failpoint;
import dev.agentos.faultlab.harness.FaultCase;
import dev.agentos.faultlab.harness.Lab;
import dev.agentos.faultlab.harness.LabExtension;
import dev.agentos.faultlab.harness.Ledger;
import dev.agentos.spi.JsonObject;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Executions that wait for a person while servers die. */
@ExtendWith(LabExtension.class)
class WaitingIT {

    private static final JsonObject ASKING = Graphs.line(
            "asking",
            JsonObject.of("log", Graphs.channel("array", "append"), "answer", Graphs.channel("any", "last")),
            Graphs.tool("before", "ledger.idempotent", JsonObject.EMPTY),
            Graphs.node("ask", "human", JsonObject.of("prompt", "Go on?", "output", "answer")),
            Graphs.tool("behind", "ledger.idempotent", JsonObject.EMPTY));

    private static Api.Answer answer(Api api, String id, String text) {
        return api.post("/api/v1/executions/" + id + "/resume", JsonObject.of("answer", text));
    }

    private static String output(JsonObject execution) {
        return execution.object("output").orElseThrow().text("answer").orElseThrow();
    }

    @Test
    @FaultCase(10)
    void aQuestionSurvivesIsAskedOnceAndIsAnsweredOnce(Lab lab) {
        String asked = lab.startOnA(ASKING, JsonObject.EMPTY);
        lab.a1().until(asked, "WAITING");
        lab.a().arm(Failpoint.BEFORE_SUSPEND, Failpoint.Action.HALT);
        String asking = lab.start(lab.a(), ASKING, JsonObject.EMPTY);
        lab.a().awaitEnd();
        lab.killA();

        for (String id : List.of(asked, asking)) {
            JsonObject waiting = lab.b1().until(id, "WAITING");
            assertThat(waiting.array("interrupts").orElseThrow().size()).isEqualTo(1);
            answer(lab.b1(), id, "yes").expect(202);
            assertThat(answer(lab.b1(), id, "no").status()).isEqualTo(409);
            assertThat(output(lab.b1().end(id))).isEqualTo("yes");
            List<JsonObject> events = lab.b1().events(id);
            assertThat(Events.ofType(events, "execution.waiting")).hasSize(1);
            assertThat(Events.ofNode(events, "task.finished", "behind")).hasSize(1);
            assertThat(lab.ledger().calls(id).stream().filter(Ledger.Call::effect))
                    .hasSize(2);
        }
    }

    @Test
    @FaultCase(10)
    void aTimeSurvivesAndEndsOnce(Lab lab) {
        // The longer one's time ends behind the server's, the shorter one's takes its server along.
        String resting = lab.startOnA(pausing("PT5S"), JsonObject.EMPTY);
        String woken = lab.start(lab.a(), pausing("PT3S"), JsonObject.EMPTY);
        lab.a1().until(resting, "WAITING");
        lab.a1().until(woken, "WAITING");
        lab.a().arm(Failpoint.AFTER_CLAIM, Failpoint.Action.HALT);
        lab.a().awaitEnd();
        assertThat(lab.ledger().calls(woken)).hasSize(1);
        lab.killA();

        for (String id : List.of(woken, resting)) {
            assertThat(lab.b1().end(id).text("state")).contains("SUCCEEDED");
            List<JsonObject> events = lab.b1().events(id);
            assertThat(Events.ofType(events, "execution.waiting")).hasSize(1);
            assertThat(Events.ofNode(events, "task.finished", "pause")).hasSize(1);
            assertThat(Events.ofNode(events, "task.finished", "behind")).hasSize(1);
            assertThat(lab.ledger().calls(id).stream().filter(Ledger.Call::effect))
                    .hasSize(2);
        }
    }

    private static JsonObject pausing(String time) {
        return Graphs.line(
                "pausing-" + time.toLowerCase(Locale.ROOT),
                Graphs.log(),
                Graphs.tool("before", "ledger.idempotent", JsonObject.EMPTY),
                Graphs.node("pause", "wait", JsonObject.of("for", time)),
                Graphs.tool("behind", "ledger.idempotent", JsonObject.EMPTY));
    }

    @Test
    @FaultCase(11)
    void aDecisionThatWasTakenStandsThoughItsServerDied(Lab lab) {
        String id = lab.startOnA(ASKING, JsonObject.EMPTY);
        lab.a1().until(id, "WAITING");
        lab.a().arm(Failpoint.AFTER_CLAIM, Failpoint.Action.HALT);
        lab.later(() -> answer(lab.a1(), id, "taken"));
        lab.a().awaitEnd();
        lab.killA();

        assertThat(answer(lab.b1(), id, "changed").status()).isEqualTo(409);
        assertThat(output(lab.b1().end(id))).isEqualTo("taken");
        assertThat(Events.ofType(lab.b1().events(id), "execution.resumed").stream()
                        .filter(event -> Events.data(event, "answered").isPresent()))
                .hasSize(1);
    }

    @Test
    @FaultCase(12)
    void theEndIsToldFromTheLogWhenItsServerDiedRightBehindIt(Lab lab) {
        lab.a().arm(Failpoint.AFTER_FINISH, Failpoint.Action.HALT);
        String id = lab.startOnA(Graphs.effects(1), JsonObject.EMPTY);
        EventFollower follower = lab.follow(id);
        lab.a().awaitEnd();
        lab.killA();

        assertThat(Events.type(follower.awaitEnd().getLast())).isEqualTo("execution.succeeded");
        assertThat(lab.b1().end(id).text("state")).contains("SUCCEEDED");
        assertThat(Events.ofType(lab.b1().events(id), "execution.resumed")).isEmpty();
        assertThat(lab.ledger().calls(id)).hasSize(1);
    }
}
