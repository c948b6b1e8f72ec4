package dev.agentos.providerlocal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.ToolDescription;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ToolSelectionTest {

    private static final ToolDescription COUNT = new ToolDescription(
            "text.count",
            "Counts words.",
            JsonObject.of(
                    "type", "object",
                    "properties", JsonObject.of("text", JsonObject.of("type", "string")),
                    "required", List.of("text")),
            Effect.PURE);

    @Test
    void theQuotedPartIsTheArgument() {
        assertThat(argument("Count “two words”, please")).isEqualTo("two words");
        assertThat(argument("Count \"two words\", please")).isEqualTo("two words");
        assertThat(argument("Count 'em")).isEqualTo("Count 'em");
    }

    @Test
    void quotesThatNobodyClosesAreReadInTime() {
        String request = "“".repeat(300_000);
        assertTimeoutPreemptively(
                Duration.ofSeconds(10), () -> assertThat(argument(request)).isEqualTo(request));
    }

    private static String argument(String request) {
        return ToolSelection.arguments(COUNT, request)
                .flatMap(arguments -> arguments.text("text"))
                .orElseThrow();
    }
}
