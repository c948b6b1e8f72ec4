package dev.agentos.faultlab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.faultlab.harness.Api;
import dev.agentos.faultlab.harness.FaultCase;
import dev.agentos.faultlab.harness.Lab;
import dev.agentos.faultlab.harness.LabExtension;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Executions that are edited, led elsewhere and forked. */
@ExtendWith(LabExtension.class)
class SteeringIT {

    private static final JsonObject ASKING = Graphs.line(
            "steered",
            JsonObject.of("log", Graphs.channel("array", "append"), "answer", Graphs.channel("any", "last")),
            Graphs.tool("before", "ledger.idempotent", JsonObject.of("note", "'before'")),
            Graphs.node("ask", "human", JsonObject.of("prompt", "Go on?", "output", "answer")),
            Graphs.node("behind", "lab.work", JsonObject.of("output", "log")));

    private static Api.Answer resume(Api api, String id, JsonObject command) {
        return api.post("/api/v1/executions/" + id + "/resume", command);
    }

    @Test
    @FaultCase(100)
    void anExecutionThatIsLedBackAsksAnewAndForgetsNothing(Lab lab) {
        String id = lab.start(lab.a(), ASKING, JsonObject.EMPTY);
        lab.a1().until(id, "WAITING");
        List<JsonObject> first = lab.a1().events(id);
        resume(lab.b1(), id, JsonObject.of("goto", List.of("ask"), "update", JsonObject.of("log", List.of("edited"))))
                .expect(202);
        JsonObject again = lab.b1().until(id, "WAITING");
        // The answer to the question before is not one to this.
        String stale = "1:ask";
        assertThat(again.array("interrupts").orElseThrow().toString()).doesNotContain("\"" + stale + "\"");
        assertThat(resume(lab.b1(), id, JsonObject.of("resume", JsonObject.of(stale, "old")))
                        .status())
                .isEqualTo(400);
        resume(lab.b1(), id, JsonObject.of("answer", "new")).expect(202);

        JsonObject output = lab.a1().end(id).object("output").orElseThrow();
        assertThat(output.text("answer")).contains("new");
        assertThat(output.array("log").orElseThrow().toString()).isEqualTo("[\"before\",\"edited\",\"behind\"]");
        assertThat(lab.a1().events(id).subList(0, first.size())).isEqualTo(first);
        assertThat(lab.ledger().calls(id, "idempotent")).hasSize(1);
    }

    @Test
    @FaultCase(100)
    void aForkOfEachCheckpointIsABranchOfItsOwn(Lab lab) {
        String id = lab.start(lab.a(), ASKING, JsonObject.EMPTY);
        lab.a1().until(id, "WAITING");
        List<JsonObject> events = lab.a1().events(id);
        for (int number : numbers(lab.a1(), id)) {
            String fork = lab.acknowledged(lab.a1()
                    .post("/api/v1/executions/" + id + "/fork", JsonObject.of("checkpoint", number))
                    .expect(202)
                    .text("id")
                    .orElseThrow());
            assertThat(fork).isNotEqualTo(id);
            lab.a1().until(fork, "WAITING");
            resume(lab.a1(), fork, JsonObject.of("answer", "of " + number)).expect(202);
            assertThat(lab.a1().end(fork).object("output").orElseThrow().text("answer"))
                    .contains("of " + number);
            assertThat(lab.a1().events(id)).isEqualTo(events);
            assertThat(lab.a1().state(id)).isEqualTo("WAITING");
        }
    }

    /** The numbers of an execution's checkpoints, oldest first. */
    static List<Integer> numbers(Api api, String id) {
        List<Integer> numbers = new ArrayList<>();
        JsonArray items = api.get("/api/v1/executions/" + id + "/checkpoints?limit=100")
                .expect(200)
                .array("items")
                .orElseThrow();
        for (JsonValue item : items) {
            numbers.addFirst(
                    ((JsonObject) item).number("number").orElseThrow().value().intValueExact());
        }
        return numbers;
    }
}
