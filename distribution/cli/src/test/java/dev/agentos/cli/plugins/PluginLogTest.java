package dev.agentos.cli.plugins;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.cli.client.ServerEvent;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

class PluginLogTest {

    private static final JsonObject SAID = line(7, "PLUGIN", "well");
    private static final JsonObject TOLD = line(5, "SERVER", "Version 1.0.0 is in force");

    private static JsonObject line(long sequence, String source, String message) {
        return JsonObject.of(
                "sequence",
                sequence,
                "at",
                "2026-01-01T00:00:00Z",
                "level",
                "INFO",
                "source",
                source,
                "version",
                "1.0.0",
                "message",
                message);
    }

    private static String shown(String type, JsonObject data, boolean json) {
        return PluginLog.line(new ServerEvent("7", type, data), json).orElse("");
    }

    @Test
    void whoFollowsReadsLinesAndWhereSomeAreMissing() {
        assertThat(shown("line", SAID, false)).isEqualTo("2026-01-01T00:00:00Z INFO    1.0.0: well");
        assertThat(shown("line", TOLD, false)).contains("server: Version 1.0.0 is in force");
        assertThat(shown("gap", JsonObject.of("before", 5), false)).contains("not on the server any more");
        assertThat(shown("removed", JsonObject.EMPTY, false)).contains("removed");
        assertThat(shown("later", JsonObject.EMPTY, false)).isEmpty();
    }

    @Test
    void whatAPluginWroteIsNoCommandToATerminal() {
        var said = line(3, "PLUGIN", "a\u001b[2J\u202e\n\tat b");
        assertThat(shown("line", said, false)).endsWith("1.0.0: a\\u001b[2J\\u202e\n    at b");
        assertThat(shown("line", said, true)).isEqualTo(Json.write(said));
    }

    @Test
    void aProgramReadsLinesAlone() {
        assertThat(shown("line", SAID, true)).isEqualTo(Json.write(SAID));
        assertThat(shown("gap", JsonObject.of("before", 5), true)).isEmpty();
        assertThat(shown("removed", JsonObject.EMPTY, true)).isEmpty();
    }

    @Test
    void theOldestLineComesFirst() {
        assertThat(PluginLog.ordered(List.of(SAID, TOLD))).containsExactly(TOLD, SAID);
    }
}
