package dev.agentos.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpValuesTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://a.test/",
                "file:///etc/passwd",
                "/relative",
                "http:///nowhere",
                "http://user@a.test/",
                "http://user:secret@a.test/",
                "http://a.test/#part",
                "http://a.test:0/",
                "http://a.test:65536/",
                "http://2130706433/",
                "http://0x7f000001/",
                "http://127.1/",
                "http://0177.0.0.1/"
            })
    void placesThatAreNoPlainWebAddressAreRefused(String uri) {
        assertThatThrownBy(() -> HttpRequest.get(uri)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Host", "content-length", "Transfer-Encoding", "connection", "Upgrade", "a b", "a\r\nb", ""})
    void headersOfTheHostAndBrokenOnesAreRefused(String name) {
        assertThatThrownBy(() -> HttpRequest.get("http://a.test/").withHeader(name, "x"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x\r\nEvil: 1", "x\ny", "x\u0000", "x\u0100"})
    void headersKeepToOneLine(String value) {
        assertThatThrownBy(() -> HttpRequest.get("http://a.test/").withHeader("x", value))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void headersJoinWhateverTheirCase() {
        HttpRequest request =
                HttpRequest.get("http://a.test/").withHeader("Accept", "a").withHeader("ACCEPT", "b");
        assertThat(request.headers()).isEqualTo(Map.of("accept", List.of("a", "b")));
        assertThat(request.withBody("text/plain", new byte[] {1}).headers()).containsKeys("accept", "content-type");
    }

    @Test
    void boundsAreKept() {
        HttpRequest request = HttpRequest.get("https://a.test/");
        assertThatThrownBy(() -> request.withTimeout(Duration.ZERO)).hasMessageContaining("an hour");
        assertThatThrownBy(() -> request.withTimeout(Duration.ofHours(2))).hasMessageContaining("an hour");
        assertThatThrownBy(() -> request.withMaxResponseBytes(-1)).hasMessageContaining("maxResponseBytes");
        assertThatThrownBy(() -> HttpRequest.of("CONNECT", URI.create("https://a.test/")))
                .hasMessageContaining("CONNECT");
    }

    @Test
    void bodiesAreCopied() {
        byte[] bytes = {1, 2};
        HttpRequest request = HttpRequest.get("http://a.test/").withBody("x/y", bytes);
        bytes[0] = 9;
        request.body()[1] = 9;
        assertThat(request.body()).containsExactly(1, 2);
    }

    @Test
    void secretsAreNotPrinted() {
        assertThat(HttpRequest.get("http://a.test/x").withHeader("authorization", "Bearer s3cret"))
                .hasToString("GET http://a.test/x");
    }

    @Test
    void jsonIsReadAsItWasPrinted() {
        JsonValue value = JsonObject.of(
                "a", 1, "b", List.of(true, "x\"\\\n\u00e9\ud83d\ude00", -0.5, 1e30), "c", null, "d", JsonObject.EMPTY);
        assertThat(JsonValue.parse(value.toString())).isEqualTo(value);
        assertThat(JsonValue.parse(" [ 1 , \"\\u0041\\/\\b\" ] ")).hasToString("[1,\"A/\\u0008\"]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nul",
                "01",
                "1.",
                "+1",
                "[1,]",
                "{\"a\":1,}",
                "{\"a\":1,\"a\":2}",
                "[1] 2",
                "\"\t\"",
                "\"\\x\"",
                "\"\\u12g4\"",
                "\"\\ud800\"",
                "\"\\u0000\"",
                "{a:1}",
                "[1",
                "1e9999999999",
                "'a'"
            })
    void whatIsNoJsonIsRefused(String text) {
        assertThatThrownBy(() -> JsonValue.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void jsonIsReadToABound() {
        assertThat(JsonValue.parse("[".repeat(100) + "]".repeat(100))).isInstanceOf(JsonArray.class);
        assertThatThrownBy(() -> JsonValue.parse("[".repeat(101) + "]".repeat(101)))
                .hasMessageContaining("levels");
        assertThatThrownBy(() -> JsonValue.parse("9".repeat(1_001))).isInstanceOf(IllegalArgumentException.class);
        assertThat(JsonValue.parse("\"" + "a".repeat(1_000_000) + "\"")).isInstanceOf(JsonString.class);
    }
}
