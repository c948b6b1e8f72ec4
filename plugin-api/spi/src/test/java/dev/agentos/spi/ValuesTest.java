package dev.agentos.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.AbstractList;
import java.util.AbstractMap;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
    void aNumberWithAnExponentHasItsDigits() {
        assertThat(new JsonNumber(new BigDecimal("1e2"))).hasToString("100").isEqualTo(JsonNumber.of(100));
        assertThat(new JsonNumber(new BigDecimal("-12.5E3"))).hasToString("-12500");
        assertThat(JsonNumber.of(1e20)).hasToString("100000000000000000000");
        assertThat(new JsonNumber(new BigDecimal("1e400"))).hasToString("1E+400");
        assertThat(new JsonNumber(new BigDecimal("1.50e-3"))).hasToString("0.00150");
    }

    @Test
    void aNumberIsWhatItSaidOnce() {
        int[] asked = new int[1];
        BigDecimal turning = new BigDecimal("1") {
            @Override
            public String toString() {
                return asked[0]++ == 0 ? "1" : "2,\"more\":3";
            }
        };
        BigInteger large = new BigInteger("123456789012345678901234567890") {
            @Override
            public String toString(int radix) {
                return "1,\"more\":3";
            }
        };
        assertThat(new JsonNumber(turning)).hasToString("1").hasToString("1");
        assertThat(JsonNumber.of(new BigDecimal("1.00"))).hasToString("1.00");
        assertThat(JsonNumber.of(large)).hasToString("123456789012345678901234567890");
    }

    @Test
    void aMapOrListThatLiesIsRefused() {
        Map<String, JsonValue> twice = new AbstractMap<>() {
            @Override
            public Set<Entry<String, JsonValue>> entrySet() {
                return Set.of(Map.entry("a", JsonNumber.of(1)), Map.entry("a", JsonNumber.of(2)));
            }
        };
        assertThatThrownBy(() -> new JsonObject(twice)).hasMessageContaining("twice");

        @SuppressWarnings("unchecked")
        List<JsonValue> others = (List<JsonValue>) (List<?>) List.of("no JSON");
        assertThatThrownBy(() -> new JsonArray(others)).isInstanceOf(ClassCastException.class);
        assertThatThrownBy(() -> JsonArray.EMPTY.appended(others)).isInstanceOf(ClassCastException.class);
    }

    @Test
    void whatIsAppendedLaterIsNotSeenByWhoClaimedTheRoom() {
        JsonArray base = JsonArray.of(1).appended(List.of(JsonNumber.of(2)));
        List<JsonValue> claiming = new AbstractList<>() {
            @Override
            public JsonValue get(int index) {
                return JsonNull.NULL;
            }

            @Override
            public Iterator<JsonValue> iterator() {
                return Collections.emptyIterator();
            }

            @Override
            public Object[] toArray() {
                return new Object[0];
            }

            @Override
            public int size() {
                return 1;
            }
        };
        JsonArray claimed = base.appended(claiming);
        base.appended(List.of(new JsonString("not for it")));
        assertThat(claimed).hasToString("[1,2]");
    }

    @Test
    void objectsOfAnySizeAreTheSameKindOfMap() {
        JsonObject grown = JsonObject.EMPTY;
        Map<String, JsonValue> plain = new LinkedHashMap<>();
        for (int i = 0; i < 20; i++) {
            String name = "n" + (19 - i);
            grown = grown.with(name, i);
            plain.put(name, JsonNumber.of(i));
            JsonObject copied = new JsonObject(plain);
            assertThat(grown).isEqualTo(copied).hasSameHashCodeAs(copied).hasToString(copied.toString());
            assertThat(grown.members()).isEqualTo(plain).hasSameSizeAs(plain);
            assertThat(plain).isEqualTo(grown.members());
            assertThat(grown.members().keySet()).containsExactlyElementsOf(plain.keySet());
            assertThat(grown.members().get(name)).isEqualTo(JsonNumber.of(i));
            assertThat(grown.members().containsKey("none")).isFalse();
            assertThat(grown.with(name, "again").with(name, i)).isEqualTo(grown);
            assertThat(grown.overlaidBy(grown)).isEqualTo(grown);
            Map<String, JsonValue> members = grown.members();
            assertThatThrownBy(() -> members.put("more", JsonNull.NULL))
                    .isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> members.remove(name)).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(members::clear).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> members.keySet().remove(name)).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> members.entrySet().iterator().next().setValue(JsonNull.NULL))
                    .isInstanceOf(UnsupportedOperationException.class);
        }
        plain.clear();
        assertThat(grown.members()).hasSize(20);
        JsonObject last = grown;
        assertThatThrownBy(() -> last.with("a\0", 1)).hasMessageContaining("U+0000");
        assertThatThrownBy(() -> JsonObject.EMPTY.with("a\0", 1)).hasMessageContaining("U+0000");
        assertThat(JsonObject.of("a", 1, "b", 2, "a", 3)).hasToString("{\"a\":3,\"b\":2}");
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
        assertThat(new JsonNumber(new BigDecimal("1e18")).toJava()).isEqualTo(1e18);
        assertThat(new JsonNumber(new BigDecimal("1e999999999")).toJava()).isEqualTo(Double.POSITIVE_INFINITY);
        // The digits before the point are more than an int counts.
        assertThat(new JsonNumber(new BigDecimal("1e2147483647")).toJava()).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(new JsonNumber(new BigDecimal("1e-2147483647")).toJava()).isEqualTo(0.0);
    }

    @Test
    void whoeverMakesALongNumberPaysForItsDigits() {
        BigDecimal digits = new BigDecimal(BigInteger.ONE.shiftLeft(2_000_000).subtract(BigInteger.ONE));
        long began = System.nanoTime();
        JsonNumber number = new JsonNumber(digits);
        long made = System.nanoTime();
        int length = number.toString().length() + number.value().precision();
        long printed = System.nanoTime();
        assertThat(length).isEqualTo(2 * 602_060);
        assertThat(printed - made).isLessThan((made - began) / 10);
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
        String longest = "a." + "b".repeat(198);
        assertThat(new ToolDescription(longest, "", JsonObject.EMPTY, Effect.PURE).name())
                .isEqualTo(longest);
        assertThatThrownBy(() -> new ToolDescription("a.".repeat(10_000) + "b", "", JsonObject.EMPTY, Effect.PURE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at most 200 characters")
                .hasMessageEndingWith("has 20001");
        assertThatThrownBy(() -> new ToolDescription("Bad Name", "", JsonObject.EMPTY, Effect.PURE))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Content.Passage("p 1", "", "")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aToolSaysAllOfItselfAndWithinBounds() {
        JsonObject schema = JsonObject.of("type", "object");
        assertThat(new ToolDescription("a.b", "x".repeat(20_000), schema, Effect.PURE).name())
                .isEqualTo("a.b");
        assertThatThrownBy(() -> new ToolDescription("a.b", "x".repeat(20_001), schema, Effect.PURE))
                .hasMessageContaining("a.b has 20001");
        JsonObject large = schema.with("description", "x".repeat(200_000));
        assertThatThrownBy(() -> new ToolDescription("a.b", "x", large, Effect.PURE))
                .hasMessageContaining("200000 characters");
        assertThatThrownBy(() -> new ToolDescription("a.b", unsaid(), schema, Effect.PURE))
                .hasMessageContaining("a.b has no description");
    }

    /** What only who compiles without these checks can hand over. */
    @SuppressWarnings("NullAway")
    private static String unsaid() {
        return null;
    }
}
