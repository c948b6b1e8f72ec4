package dev.agentos.cli.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventReaderTest {
    @Test
    void readsEventsAndIgnoresHeartbeats() {
        var events = read(
                ": hello",
                "",
                "id: 1",
                "event: task.started",
                "data: {\"node\":",
                "data: \"ingest\"}",
                "",
                ":",
                "id:2",
                "event:checkpoint",
                "data:{\"step\":1}",
                "");

        assertThat(events).hasSize(2);
        assertThat(events.getFirst().id()).isEqualTo("1");
        assertThat(events.getFirst().type()).isEqualTo("task.started");
        assertThat(events.getFirst().node()).isEqualTo("ingest");
        assertThat(events.getLast().id()).isEqualTo("2");
    }

    @Test
    void dropsAnEventThatTheConnectionCutOff() {
        assertThat(read("id: 1", "event: message", "data: {}", "", "id: 2", "data: {}"))
                .hasSize(1);
    }

    private static List<ServerEvent> read(String... lines) {
        var events = new ArrayList<ServerEvent>();
        new EventReader(List.of(lines).iterator(), "").forEachRemaining(events::add);
        return events;
    }
}
