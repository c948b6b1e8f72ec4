package dev.agentos.execution.internal;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.graph.NodeTask;
import dev.agentos.graph.PendingWrite;
import dev.agentos.spi.JsonObject;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FanOutTest {

    private static PendingWrite write(String node, int mebibytes) {
        return new PendingWrite(
                NodeTask.id(1, node),
                node,
                JsonObject.of("text", "x".repeat(mebibytes << 20)),
                List.of(),
                Optional.empty());
    }

    /** What was given up is written by nobody. */
    @Test
    void countsOnlyWhatIsLeft() throws TaskFailedException {
        FanOut fanOut = new FanOut();
        PendingWrite kept = fanOut.counting(write("beside", 10));
        fanOut.counting(write("round/first", 40));
        fanOut.left(List.of(kept));
        fanOut.counting(write("round/first", 40));
        assertThatThrownBy(() -> fanOut.counting(write("round/second", 40))).isInstanceOf(TaskFailedException.class);
    }
}
