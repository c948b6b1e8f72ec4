package dev.agentos.cli.plugins;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Json;
import java.util.List;
import org.junit.jupiter.api.Test;

class PluginCommandTest {

    @Test
    void listShowsWhichUpdateWaits() {
        var waits = Json.parseObject("""
            {"id": "a-tool", "version": "1.0.0", "state": "ACTIVE", "callsInFlight": 0, "description": "One.",
             "pending": {"version": "1.1.0", "sha512": "00", "changes": []}}
            """);
        var none = Json.parseObject("""
            {"id": "b-tool", "version": "2.0.0", "state": "FAILED", "callsInFlight": 3, "reason": "Broken."}
            """);

        assertThat(PluginCommand.table(List.of(waits, none)))
                .containsExactly(
                        "ID      VERSION  PENDING VERSION  STATE   CALLS IN FLIGHT  DESCRIPTION  REASON",
                        "a-tool  1.0.0    1.1.0            ACTIVE  0                One.",
                        "b-tool  2.0.0                     FAILED  3                             Broken.");
    }
}
