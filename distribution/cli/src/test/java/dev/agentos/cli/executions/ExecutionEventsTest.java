package dev.agentos.cli.executions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.cli.client.ServerEvent;
import dev.agentos.cli.client.Terminal;
import dev.agentos.spi.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ExecutionEventsTest {
    private static final String TRICK = "a\u001b[2J\u009b1A\r\u202eb";
    private static final String SHOWN = "a\\u001b[2J\\u009b1A\\u000d\\u202eb";

    @Test
    void whatModelsAndPluginsSayIsNoCommandToATerminal() {
        assertThat(shown("message", JsonObject.of("text", TRICK))).contains(SHOWN);
        assertThat(shown("custom", JsonObject.of("name", TRICK, "data", JsonObject.of("said", "\u202e"))))
                .contains(SHOWN + " {\"said\":\"\\u202e\"}");
        assertThat(shown("task.failed", JsonObject.of("message", "\u009b"))).contains("\\u009b");
        assertThat(shown(
                        "custom",
                        JsonObject.of(
                                "name", "progress", "data", JsonObject.of("done", 1, "total", 2, "message", TRICK))))
                .contains("1/2 " + SHOWN);
    }

    /** Without the line breaks and the moves that the terminal itself makes. */
    private static String shown(String type, JsonObject payload) {
        var out = new ByteArrayOutputStream();
        var terminal = new Terminal(new PrintStream(out, true, StandardCharsets.UTF_8), false, false);
        ExecutionEvents.show(new ServerEvent("1", type, JsonObject.of("node", TRICK, "data", payload)), terminal);
        var text = out.toString(StandardCharsets.UTF_8).strip();
        assertThat(text).doesNotContain("\u001b", "\u009b", "\r", "\u202e");
        return text;
    }
}
