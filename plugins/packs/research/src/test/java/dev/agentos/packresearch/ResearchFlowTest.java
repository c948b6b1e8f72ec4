package dev.agentos.packresearch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.testkit.FakeCallContext;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ResearchFlowTest {

    private static final String RETURNS = """
        # Returns

        Customers may ask for a refund within 30 days of the purchase. The refund is paid
        back to the card that was used.

        ## Costs

        Shipping costs are **not** refunded. See [the list](prices.md) for them.
        """;
    private static final String DEVICE = """
        # Device

        The battery lasts about ten hours. Charge it with the supplied adapter only.
        """;
    private static final JsonArray DOCUMENTS = JsonArray.of(
            JsonObject.of("name", "returns.md", "text", RETURNS), JsonObject.of("name", "device.md", "text", DEVICE));

    private static ResearchFlow flow;

    @BeforeAll
    static void start() {
        flow = new ResearchFlow();
    }

    @AfterAll
    static void stop() {
        flow.close();
    }

    @Test
    void answersWithACitationThatStandsInTheDocument() {
        JsonObject state = flow.run(
                JsonObject.of("question", "How long does the battery last?", "documents", DOCUMENTS), flow.call());

        assertThat(state.member("found")).isEqualTo(Optional.of(JsonBoolean.TRUE));
        assertThat(state.text("answer").orElseThrow()).startsWith("The battery lasts about ten hours. [p1]");
        JsonObject citation = Values.objects(state, "citations").getFirst();
        assertThat(citation.text("file")).contains("device.md");
        assertThat(DEVICE.substring(Values.number(citation, "start"), Values.number(citation, "end")))
                .isEqualTo("The battery lasts about ten hours.")
                .isEqualTo(citation.text("quote").orElseThrow());
    }

    @Test
    void saysSoWhenNothingAnswers() {
        JsonObject state =
                flow.run(JsonObject.of("question", "Who painted the Mona Lisa?", "documents", DOCUMENTS), flow.call());
        assertThat(state.member("found")).isEqualTo(Optional.of(JsonBoolean.FALSE));
        assertThat(state.array("citations")).contains(JsonArray.EMPTY);
    }

    @Test
    void readsTheFilesOfAFolder() {
        FakeCallContext call = flow.call()
                .withFile("manuals/device.md", DEVICE)
                .withFile("other/returns.md", RETURNS)
                .granting("model.invoke */*", "tool.invoke documents.*", "fs.read ${workspace}/**");
        JsonObject state =
                flow.run(JsonObject.of("question", "Which adapter do I charge it with?", "folder", "manuals"), call);
        assertThat(Values.objects(state, "citations").getFirst().text("file")).contains("manuals/device.md");
        assertThat(Values.objects(state, "documents")).hasSize(1);
    }

    @Test
    void textStandsOnceAndEmbeddingsNeverGoThroughChannels() {
        FakeCallContext call = flow.call();
        JsonObject state =
                flow.run(JsonObject.of("question", "What about shipping costs?", "documents", DOCUMENTS), call);
        assertThat(Values.objects(state, "documents"))
                .allSatisfy(document -> assertThat(document.member("text")).isEmpty());
        assertThat(call.state().all()).hasSize(3);
        for (JsonValue embedding : call.state().all().values()) {
            String text = embedding.toString();
            assertThat(state.toString()).doesNotContain(text.substring(text.indexOf(' ') + 1, text.indexOf(' ') + 40));
        }
    }

    @Test
    void embeddingsAreReusedUnlessToldOtherwise() {
        FakeCallContext call = flow.call();
        JsonObject input = JsonObject.of("question", "How long does the battery last?", "documents", DOCUMENTS);
        assertThat(reused(flow.run(input, call))).isZero();
        assertThat(reused(flow.run(input, call))).isEqualTo(3);
        call.configured(call.configuration().with("reuseEmbeddings", false));
        assertThat(reused(flow.run(input, call))).isZero();
    }

    @Test
    void answersAllTheSameWhenNothingMoreCanBeKept() {
        FakeCallContext call = flow.call();
        call.state().put(Map.of("embedding/old", JsonNull.NULL));
        call.keepingAtMost(1, 1_000);
        for (int round = 0; round < 2; round++) {
            JsonObject state = flow.run(
                    JsonObject.of("question", "How long does the battery last?", "documents", DOCUMENTS), call);
            assertThat(state.text("answer").orElseThrow()).startsWith("The battery lasts about ten hours. [p1]");
        }
        assertThat(call.state().all()).containsOnlyKeys("embedding/old");
    }

    @Test
    void progressIsReported() {
        FakeCallContext call = flow.call();
        flow.run(JsonObject.of("question", "How long?", "documents", DOCUMENTS), call);
        List<JsonObject> progress = call.events("progress");
        assertThat(progress.get(1)).isEqualTo(JsonObject.of("done", 2, "total", 2, "message", "Read device.md"));
        assertThat(progress.getLast()).isEqualTo(JsonObject.of("done", 3, "total", 3, "message", "Embedding passages"));
    }

    @Test
    void withoutDocumentsItSaysWhatIsMissing() {
        assertThatThrownBy(() -> flow.run(JsonObject.of("question", "Anything?"), flow.call()))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        failure -> assertThat(failure.errorCode().code()).isEqualTo("research:NO_DOCUMENTS"));
    }

    private static int reused(JsonObject state) {
        return Values.number(state.object("embedded").orElseThrow(), "reused");
    }
}
