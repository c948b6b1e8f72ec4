package dev.agentos.faultlab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.faultlab.harness.Api;
import dev.agentos.faultlab.harness.EventFollower;
import dev.agentos.faultlab.harness.Events;
import dev.agentos.faultlab.harness.Failpoint;
import dev.agentos.faultlab.harness.FaultCase;
import dev.agentos.faultlab.harness.Lab;
import dev.agentos.faultlab.harness.LabExtension;
import dev.agentos.spi.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A server is killed at the worst moments of an execution, and another one takes it over. */
@ExtendWith(LabExtension.class)
class CrashIT {

    @Test
    @FaultCase(3)
    void anotherServerTakesOverWhatWasClaimedAndNotBegun(Lab lab) {
        Failpoint claimed = lab.a().arm(Failpoint.AFTER_CLAIM, Failpoint.Action.HALT);
        String id = lab.startOnA(Graphs.effects(2), JsonObject.EMPTY);
        lab.a().awaitEnd();
        assertThat(claimed.hit()).isTrue();
        lab.killA();

        JsonObject done = lab.b1().end(id);
        assertThat(done.text("state")).contains("SUCCEEDED");
        List<JsonObject> events = lab.b1().events(id);
        assertThat(Events.ofType(events, "execution.resumed"))
                .singleElement()
                .satisfies(event -> assertThat(Events.data(event, "attempt")).contains("2"));
        assertThat(lab.ledger().calls(id)).hasSize(2).allMatch(call -> call.effect());
        lab.evidence("attempt=2");
    }

    @Test
    @FaultCase(5)
    void aModelIsAskedOnceMoreAtMostWhenItsAnswerWasNotKept(Lab lab) {
        Failpoint kept = lab.a().arm(Failpoint.BEFORE_CHECKPOINT, Failpoint.Action.HALT);
        String id = lab.startOnA(Graphs.chat("openai/echo"), JsonObject.of("text", "case five"));
        EventFollower follower = lab.follow(id);
        lab.a().awaitEnd();
        assertThat(kept.hit()).isTrue();
        lab.killA();

        Api api = lab.b1();
        JsonObject done = api.end(id);
        assertThat(done.object("output").orElseThrow().text("answer")).contains("You said: case five");
        follower.awaitEnd();
        assertThat(lab.models().calls("case five")).hasSizeBetween(1, 2);
        assertThat(Events.ofType(api.events(id), "execution.resumed")).hasSize(1);
        lab.evidence("calls=" + lab.models().calls("case five").size());
    }
}
