package dev.agentos.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.io.ByteArrayInputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"b\":1,\"a\":[true,false,null,1.0,1,-0.5,\"x\\n\\\"\"]}",
                "[]",
                "\"\uD83D\uDE00\"",
                "123456789012345678901234567890.123456789"
            })
    void roundTripIsExact(String text) {
        assertThat(Json.write(Json.parse(text))).isEqualTo(text);
        assertThat(Json.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{\"a\":1,\"a\":2}",
                "[1,]",
                "{} {}",
                "\"\\u0000\"",
                "\"\\ud800\"",
                "{\"\\ud800\":1}",
                "nul"
            })
    void refusesWhatIsNotStrictJson(String text) {
        assertThatThrownBy(() -> Json.parse(text))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(KernelErrorCode.MALFORMED_JSON));
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE", "UTF-32BE"})
    void refusesWhatIsNotInUtf8(String charset) {
        for (String text : new String[] {"{\"a\": 1}", "1", "\"\u4e2d\u6587\""}) {
            for (String mark : new String[] {"", "\uFEFF"}) {
                byte[] bytes = (mark + text).getBytes(Charset.forName(charset));
                assertThatThrownBy(() -> Json.parse(new ByteArrayInputStream(bytes)))
                        .as(charset + text)
                        .isInstanceOfSatisfying(
                                AgentOsException.class,
                                e -> assertThat(e.errorCode()).isEqualTo(KernelErrorCode.MALFORMED_JSON));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "12", "{}", "[\"\u4e2d\"]", "\uFEFF{\"a\":\"\u00fe\"}"})
    void readsUtf8HoweverShort(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        assertThat(Json.write(Json.parse(new ByteArrayInputStream(bytes)))).isEqualTo(text.replace("\uFEFF", ""));
    }

    @Test
    void saysWhatIsWrongWithoutWordsOfTheLibrary() {
        for (String text : new String[] {"{\"a\": NaN}", "{/* */}", "[Infinity]", "[+1]", "['a']", "[01]", "[.5]"}) {
            assertThatThrownBy(() -> Json.parse(text))
                    .as(text)
                    .hasMessageStartingWith("The document is not JSON: ")
                    .hasMessageContaining(" (line 1, column ")
                    .hasMessageNotContaining("Feature")
                    .hasMessageNotContaining("..");
        }
        for (String text : new String[] {"[".repeat(100_000), "9".repeat(1_000_000)}) {
            assertThatThrownBy(() -> Json.parse(text))
                    .hasMessageStartingWith("The document is over a limit: ")
                    .hasMessageNotContaining("StreamReadConstraints");
        }
    }

    @Test
    void refusesWhatIsTooDeepOrTooLong() {
        for (String text : new String[] {"[".repeat(100_000), "9".repeat(1_000_000)}) {
            assertThatThrownBy(() -> Json.parse(text))
                    .isInstanceOfSatisfying(
                            AgentOsException.class,
                            e -> assertThat(e.errorCode()).isEqualTo(KernelErrorCode.DOCUMENT_TOO_LARGE));
        }
    }

    @Test
    void plainJavaAndBack() {
        JsonObject value = Json.parseObject("{\"a\":[1,2.5,\"x\",null,true],\"b\":{}}");
        assertThat(Json.write(JsonValue.of(value.toJava()))).isEqualTo("{\"a\":[1,2.5,\"x\",null,true],\"b\":{}}");
    }

    @Test
    void yamlReadsAsTheSameJson() {
        assertThat(Json.write(Yaml.parse("a:\n  - 1\n  - two\nb: {c: true, d: null}\n")))
                .isEqualTo("{\"a\":[1,\"two\"],\"b\":{\"c\":true,\"d\":null}}");
        assertThatThrownBy(() -> Yaml.parse("a: [")).isInstanceOf(AgentOsException.class);
        assertThatThrownBy(() -> Yaml.parse("a: &x [1]\nb: *x\n")).isInstanceOf(AgentOsException.class);
    }

    @Test
    void ofTwoMembersWithOneNameTheLastOneCountsWhereTheFirstOneStood() {
        assertThat(JsonObject.of("a", 1, "b", 2, "a", 3)).hasToString("{\"a\":3,\"b\":2}");
        assertThat(JsonObject.of("a", 1, "b", 2, "c", 3, "d", 4, "e", 5, "f", 6, "g", 7, "h", 8, "a", null))
                .hasToString("{\"a\":null,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8}");
    }
}
