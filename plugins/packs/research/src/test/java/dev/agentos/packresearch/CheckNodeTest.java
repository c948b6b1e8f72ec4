package dev.agentos.packresearch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.NodeInput;
import dev.agentos.spi.NodeType;
import dev.agentos.testkit.FakeCallContext;
import dev.agentos.testkit.NodeTypeContract;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CheckNodeTest extends NodeTypeContract {

    private static final String LONG = "word ".repeat(50_000);

    private static final JsonArray RETRIEVED = JsonArray.of(
            passage("p1", "One fact stands\n here. Another one too."),
            passage("p2", "Something else."),
            passage("p5", LONG));

    @Override
    protected NodeType nodeType() {
        return new CheckNode();
    }

    @Override
    protected NodeInput goodInput() {
        return input("One fact stands here. [p1]");
    }

    @Test
    void aQuoteIsFoundWhiteSpaceAside() {
        JsonObject writes = check("One fact stands here. [p1] Another one too. [p1]", "local/extractive");
        assertThat(found(writes)).isTrue();
        assertThat(Values.objects(writes, "citations"))
                .extracting(citation -> citation.text("quote").orElseThrow())
                .containsExactly("One fact stands\n here.", "Another one too.");
        assertThat(Values.number(Values.objects(writes, "citations").getFirst(), "start"))
                .isEqualTo(100);
    }

    @Test
    void whatIsNotRetrievedOrNotQuotedIsRefused() {
        assertThat(found(check("One fact stands here. [p3]", "local/extractive")))
                .isFalse();
        assertThat(found(check("One fact stands here. [p2]", "local/extractive")))
                .isFalse();
        assertThat(found(check("One fact stands here. [p1] Invented. [p1]", "local/extractive")))
                .isFalse();
        assertThat(found(check("No citation at all.", "local/extractive"))).isFalse();
        assertThat(found(check("", "openai/any"))).isFalse();
    }

    @Test
    void aLanguageModelMaySayItInItsOwnWords() {
        JsonObject writes = check("There is a fact [p1][p2].", "openai/any");
        assertThat(found(writes)).isTrue();
        assertThat(Values.objects(writes, "citations")).hasSize(2);
        assertThat(found(check("There is a fact [p1][p9].", "openai/any"))).isFalse();
    }

    @Test
    void aLongQuoteIsCheckedToo() {
        assertThat(found(check(LONG + "[p5]", "local/extractive"))).isTrue();
        assertThat(found(check(LONG + "x [p5]", "local/extractive"))).isFalse();
    }

    private static JsonObject check(String answer, String model) {
        FakeCallContext call = FakeCallContext.create().configured(JsonObject.of("model", model));
        return new CheckNode().run(input(answer), call).writes();
    }

    private static boolean found(JsonObject writes) {
        return writes.member("found").equals(Optional.of(JsonBoolean.TRUE));
    }

    private static NodeInput input(String answer) {
        return new NodeInput("check", JsonObject.EMPTY, JsonObject.of("answer", answer, "retrieved", RETRIEVED));
    }

    private static JsonObject passage(String id, String text) {
        return JsonObject.of("id", id, "source", "a.md", "start", 100, "score", 0.5, "text", text);
    }
}
