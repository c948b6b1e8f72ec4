package dev.agentos.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.cli.client.ServerEvent;
import dev.agentos.spi.JsonObject;
import org.junit.jupiter.api.Test;

class EventLogTest {
    private final EventLog log = new EventLog();
    private int sequence;

    @Test
    void acceptsTaskThatWasStartedAgainBecauseItHadNotFinished() {
        add("task.started", "embed");
        add("task.started", "embed");
        add("task.finished", "embed");

        assertThat(log.faults()).isEmpty();
    }

    @Test
    void findsTaskThatFinishedTwice() {
        add("task.finished", "ingest");
        add("task.finished", "ingest");

        assertThat(log.faults()).containsExactly("ingest in step 1 finished twice");
    }

    @Test
    void findsTaskThatWasStartedAfterItHadFinished() {
        add("task.finished", "ingest");
        add("task.started", "ingest");

        assertThat(log.faults()).containsExactly("ingest in step 1 was started again after it had finished");
    }

    @Test
    void findsGap() {
        add("task.finished", "ingest");
        sequence++;
        add("execution.succeeded", "");

        assertThat(log.faults()).containsExactly("event 3 follows event 1");
    }

    private void add(String type, String node) {
        sequence++;
        log.add(new ServerEvent(Integer.toString(sequence), type, JsonObject.of("node", node, "step", 1)));
    }
}
