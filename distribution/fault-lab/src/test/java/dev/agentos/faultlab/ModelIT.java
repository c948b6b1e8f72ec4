package dev.agentos.faultlab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.faultlab.harness.FaultCase;
import dev.agentos.faultlab.harness.Lab;
import dev.agentos.faultlab.harness.LabExtension;
import dev.agentos.faultlab.harness.ModelServer;
import dev.agentos.spi.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A model that is busy, broken, garbled, cut off, endless or silent. */
@ExtendWith(LabExtension.class)
class ModelIT {

    private static JsonObject chat(String model, JsonObject more) {
        JsonObject graph = Graphs.chat("openai/" + model);
        JsonObject node =
                (JsonObject) graph.array("nodes").orElseThrow().items().getFirst();
        JsonObject named = Graphs.with(
                graph,
                "metadata",
                JsonObject.of("name", "model-" + model + "-" + Integer.toHexString(more.hashCode())));
        return Graphs.with(named, "nodes", List.of(node.overlaidBy(more)));
    }

    @ParameterizedTest
    @FaultCase(97)
    @CsvSource({
        "status-429, 3, openai:RATE_LIMITED",
        "status-500, 3, openai:UNAVAILABLE",
        "status-503, 3, openai:UNAVAILABLE",
        "status-401, 1, openai:AUTHENTICATION",
        "status-404, 1, openai:UNKNOWN_MODEL",
        "cut, 3, openai:UNAVAILABLE"
    })
    void aFailingModelIsAskedAsOftenAsThePolicySaysAndNoMore(String model, int calls, String code, Lab lab) {
        JsonObject retry =
                JsonObject.of("retry", JsonObject.of("maxAttempts", 3, "initial", "PT0.02S", "longest", "PT0.1S"));
        String text = "please " + model;
        String id = lab.start(lab.a(), chat(model, retry), JsonObject.of("text", text));
        JsonObject failed = lab.a1().end(id);
        assertThat(failed.object("failure").map(failure -> failure.text("code").orElseThrow()))
                .as(failed.toString())
                .contains(code);
        assertThat(lab.models().calls(text)).hasSize(calls);
    }

    @Test
    @FaultCase(97)
    void garbageIsAFailureOfTheModel(Lab lab) {
        String id = lab.start(lab.a(), chat("garbage", JsonObject.EMPTY), JsonObject.of("text", "please garbage"));
        JsonObject failed = lab.a1().end(id);
        assertThat(failed.text("state")).as(failed.toString()).contains("FAILED");
        assertThat(failed.object("failure").orElseThrow().text("code").orElseThrow())
                .startsWith("openai:");
        assertThat(failed.toString()).doesNotContain("<html>");
    }

    @Test
    @FaultCase(97)
    void aModelThatWantsAToolThatIsNotThereIsTold(Lab lab) {
        JsonObject graph = Graphs.graph(
                "stranger",
                JsonObject.of("messages", Graphs.channel("array", "messages")),
                List.of(
                        Graphs.node(
                                "ask",
                                "llm",
                                JsonObject.of(
                                        "model", "openai/stranger",
                                        "messages", "messages",
                                        "tools", List.of("ledger.idempotent"))),
                        Graphs.node(
                                "act",
                                "tool",
                                JsonObject.of("messages", "messages", "tools", List.of("ledger.idempotent")))),
                List.of(
                        Graphs.edge("START", "ask"),
                        Graphs.with(
                                Graphs.edge("ask", "act"), "condition", "has(messages[size(messages) - 1].toolCalls)"),
                        Graphs.with(
                                Graphs.edge("ask", "END"), "condition", "!has(messages[size(messages) - 1].toolCalls)"),
                        Graphs.edge("act", "ask")));
        JsonObject hello = JsonObject.of("id", "u1", "role", "user", "content", "whatever you like");
        String id = lab.start(lab.a(), graph, JsonObject.of("messages", List.of(hello)));
        JsonObject done = lab.a1().end(id);
        assertThat(done.text("state")).as(done.toString()).contains("SUCCEEDED");
        assertThat(done.toString()).contains("There is no tool").contains("I was told so.");
        assertThat(lab.ledger().calls(id)).isEmpty();
    }

    @Test
    @FaultCase(97)
    void aStreamThatDoesNotEndIsClosedWhenTheExecutionIsCancelled(Lab lab) {
        isClosedWhenCancelled("endless", lab);
    }

    @Test
    @FaultCase(97)
    void aSilentStreamIsClosedWhenTheExecutionIsCancelled(Lab lab) {
        isClosedWhenCancelled("drip", lab);
    }

    private static void isClosedWhenCancelled(String model, Lab lab) {
        String text = "for ever " + model;
        String id = lab.start(lab.a(), chat(model, JsonObject.EMPTY), JsonObject.of("text", text));
        ModelServer.Call call = Awaitility.await("the call")
                .atMost(Duration.ofSeconds(20))
                .until(() -> lab.models().calls(text), calls -> !calls.isEmpty())
                .getFirst();
        Instant cancelled = Instant.now();
        lab.b1().post("/api/v1/executions/" + id + "/cancel", JsonObject.EMPTY).expect(202);
        assertThat(lab.a1().end(id).text("state")).contains("CANCELLED");
        awaitClosed(call);
        Duration open = Duration.between(cancelled, call.abandoned().orElseThrow());
        lab.evidence("closed after " + open.toMillis() + " ms");
        assertThat(open).isLessThan(Duration.ofSeconds(1));
    }

    private static void awaitClosed(ModelServer.Call call) {
        Awaitility.await("the stream's end")
                .atMost(Duration.ofSeconds(5))
                .until(() -> call.abandoned().isPresent());
    }

    @Test
    @FaultCase(97)
    void aStreamThatDoesNotEndIsClosedAtTheNodesTimeout(Lab lab) {
        isClosedInTime("endless", lab);
    }

    @Test
    @FaultCase(97)
    void aSilentStreamIsClosedAtTheNodesTimeout(Lab lab) {
        isClosedInTime("drip", lab);
    }

    private static void isClosedInTime(String model, Lab lab) {
        String text = "in time " + model;
        String id = lab.start(lab.a(), chat(model, JsonObject.of("timeout", "PT0.7S")), JsonObject.of("text", text));
        JsonObject failed = lab.a1().end(id);
        assertThat(failed.object("failure").orElseThrow().text("code").orElseThrow())
                .as(failed.toString())
                .isIn("graph:NODE_TIMEOUT", "server:DEADLINE_EXCEEDED", "server:CANCELLED", "openai:CANCELLED");
        awaitClosed(lab.models().calls(text).getFirst());
    }

    @Test
    @FaultCase(97)
    void aSilentStreamIsClosedWhenItsProviderHasWaitedEnough(Lab lab) {
        String text = "long enough drip";
        String id = lab.start(lab.a(), chat("drip", JsonObject.EMPTY), JsonObject.of("text", text));
        JsonObject failed = lab.a1().end(id);
        assertThat(failed.object("failure").orElseThrow().text("code"))
                .as(failed.toString())
                .contains("openai:TIMEOUT");
        awaitClosed(lab.models().calls(text).getFirst());
    }
}
