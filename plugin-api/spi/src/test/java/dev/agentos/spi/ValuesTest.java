package dev.agentos.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class ValuesTest {

    @Test
    void objectKeepsOrderAndReplacesInPlace() {
        JsonObject object = JsonObject.of("b", 1, "a", List.of(true, "x"), "c", null);
        assertThat(object).hasToString("{\"b\":1,\"a\":[true,\"x\"],\"c\":null}");
        assertThat(object.with("b", 2)).hasToString("{\"b\":2,\"a\":[true,\"x\"],\"c\":null}");
        assertThat(object.overlaidBy(JsonObject.of("c", 3, "d", 4)))
                .hasToString("{\"b\":1,\"a\":[true,\"x\"],\"c\":3,\"d\":4}");
    }

    @Test
    void textWithoutAStorableFormIsRefused() {
        assertThatThrownBy(() -> new JsonString("a\0")).hasMessageContaining("U+0000");
        assertThatThrownBy(() -> new JsonString("\ud800x")).hasMessageContaining("surrogate");
        assertThatThrownBy(() -> JsonObject.of("\udc00", 1)).hasMessageContaining("surrogate");
        assertThat(new JsonString("\ud83d\ude00").value()).hasSize(2);
        assertThatThrownBy(() -> JsonNumber.of(Double.NaN)).hasMessageContaining("NaN");
    }

    @Test
    void numbersKeepTheirDigits() {
        assertThat(JsonNumber.of(7).toJava()).isEqualTo(7L);
        assertThat(JsonNumber.of(0.1)).hasToString("0.1");
        assertThat(JsonNumber.of(0.1).toJava()).isEqualTo(0.1);
    }

    @Test
    void embeddingsCompareAndEncode() {
        Embedding x = Embedding.of(new float[] {1, 0, 0.5f});
        assertThat(Embedding.decode(x.encoded())).isEqualTo(x);
        assertThat(x.cosine(x)).isCloseTo(1, within(1e-9));
        assertThat(x.cosine(Embedding.of(new float[] {0, 1, 0}))).isZero();
        assertThat(x.cosine(Embedding.of(new float[3]))).isZero();
        assertThatThrownBy(() -> x.cosine(Embedding.of(new float[2]))).hasMessageContaining("3 and 2");
    }

    @Test
    void namesFollowTheirGrammar() {
        assertThatThrownBy(() -> new ToolDescription("Bad Name", "", JsonObject.EMPTY, Effect.PURE))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Content.Passage("p 1", "", "")).isInstanceOf(IllegalArgumentException.class);
    }
}
