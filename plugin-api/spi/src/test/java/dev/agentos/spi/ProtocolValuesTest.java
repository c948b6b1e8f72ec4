package dev.agentos.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests and answers of protocols. */
class ProtocolValuesTest {

    @Test
    void aRequestFindsHeadersAndParameters() {
        ProtocolRequest request = new ProtocolRequest(
                "POST",
                List.of("v1", "models", "a/b"),
                Map.of("limit", List.of("1", "2")),
                Map.of("Content-Type", List.of("text/plain"), "content-type", List.of("second")),
                "[1]".getBytes(StandardCharsets.UTF_8));
        assertThat(request.path()).isEqualTo("/v1/models/a/b");
        assertThat(request.headers().get("content-type")).containsExactlyInAnyOrder("text/plain", "second");
        assertThat(request.header("CONTENT-TYPE")).isPresent();
        assertThat(request.parameter("limit")).contains("1");
        assertThat(request.parameter("other")).isEmpty();
        assertThat(request.json()).isEqualTo(JsonArray.of(1));
        assertThat(request).hasToString("POST /v1/models/a/b");
        assertThat(ProtocolRequest.of("GET", "/")).hasToString("GET /");
        assertThat(ProtocolRequest.post("/a/b", JsonObject.EMPTY))
                .isEqualTo(ProtocolRequest.post("a/b/", JsonObject.EMPTY))
                .isNotEqualTo(ProtocolRequest.post("a/b", JsonObject.of("x", 1)));
        assertThatThrownBy(() -> ProtocolRequest.of("GET", "x").json()).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void nothingFromOutsideChangesThem() {
        byte[] body = {1};
        List<String> segments = new ArrayList<>(List.of("a"));
        ProtocolRequest request = new ProtocolRequest("GET", segments, Map.of(), Map.of(), body);
        ProtocolResponse response = new ProtocolResponse(200, Map.of(), body);
        segments.add("b");
        body[0] = 2;
        request.body()[0] = 3;
        response.body()[0] = 3;
        assertThat(request.segments()).containsExactly("a");
        assertThat(request.body()).containsExactly(1);
        assertThat(response.body()).containsExactly(1);
        assertThat(response).isEqualTo(new ProtocolResponse(200, Map.of(), new byte[] {1}));
        assertThatThrownBy(() -> response.headers().put("x", List.of())).isInstanceOf(RuntimeException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 100, 199, 600})
    void aStatusIsOneOfAnAnswer(int status) {
        assertThatThrownBy(() -> ProtocolResponse.ofJson(status, JsonObject.EMPTY))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Set-Cookie",
                "Content-Length",
                "transfer-encoding",
                "Connection",
                "Content-Security-Policy",
                "X-Frame-Options",
                "no name",
                ""
            })
    void whatSteersTheConnectionOrTheBrowserIsTheHosts(String header) {
        assertThatThrownBy(() -> new ProtocolResponse(200, Map.of(header, List.of("x")), new byte[0]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nb: c", "a\nb", "\0", "\u0100"})
    void aValueIsOneLineOfLatin1(String value) {
        assertThatThrownBy(() -> new ProtocolResponse(200, Map.of("x-own", List.of(value)), new byte[0]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theLastFourStatesAreFinal() {
        assertThat(TenantExecutions.State.values())
                .filteredOn(TenantExecutions.State::terminal)
                .containsExactly(
                        TenantExecutions.State.SUCCEEDED,
                        TenantExecutions.State.FAILED,
                        TenantExecutions.State.CANCELLED,
                        TenantExecutions.State.TIMED_OUT);
    }
}
