package dev.agentos.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.HttpRequest;
import dev.agentos.spi.HttpResponse;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class FakePluginContextTest {

    private final HttpRequest request = HttpRequest.get("https://a.test/x");

    @Test
    void nothingAnswersUntilTheTestDoes() {
        FakePluginContext context = FakePluginContext.of("p");
        assertThatThrownBy(() -> context.http().send(request))
                .isInstanceOf(AgentOsException.class)
                .hasMessageContaining("a.test");
        HttpResponse answer = context.answering(asked -> HttpResponse.ofJson(200, asked.uri(), JsonObject.of("a", 1)))
                .http()
                .send(request);
        assertThat(answer.json()).isEqualTo(JsonObject.of("a", 1));
    }

    @Test
    void answersComeInPiecesAndHaveTheBoundThatWasAskedFor() {
        FakePluginContext context = FakePluginContext.of("p")
                .answering(asked -> HttpResponse.ofJson(200, asked.uri(), new JsonString("x".repeat(40_000))));
        AtomicInteger pieces = new AtomicInteger();
        HttpResponse head = context.http().send(request, (response, bytes) -> pieces.incrementAndGet());
        assertThat(head.body()).isEmpty();
        assertThat(pieces).hasValue(3);
        assertThatThrownBy(() -> context.http().send(request.withMaxResponseBytes(100)))
                .hasMessageContaining("too long");
    }

    @Test
    void measurementsAreKept() {
        FakePluginContext context = FakePluginContext.of("p");
        context.metrics().count("hits", 1, "store", "disk");
        context.metrics().count("hits", 2, "store", "disk");
        context.metrics().gauge("length", 5);
        assertThat(context.metrics().value("hits", "store", "disk")).isEqualTo(3);
        assertThat(context.metrics().value("length")).isEqualTo(5);
        assertThat(context.metrics().value("never")).isZero();
    }
}
