package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.execution.ExecutionEvent.Draft;
import dev.agentos.graph.NodeCall.Lost;
import dev.agentos.spi.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which attempts an execution's events show to have ended with their server. */
final class LostAttemptsTest {

    private final LostAttempts attempts = new LostAttempts();

    private void claimed(int claim) {
        attempts.add(new Draft(
                claim == 1 ? ExecutionEvent.STARTED : ExecutionEvent.RESUMED,
                0,
                Optional.empty(),
                JsonObject.of("attempt", claim)));
    }

    private void of(String type, String node) {
        attempts.add(new Draft(type, 0, Optional.of(node), JsonObject.of("task", "0:" + node)));
    }

    private void said(String node, String text) {
        attempts.add(new Draft(ExecutionEvent.MESSAGE, 0, Optional.of(node), JsonObject.of("text", text)));
    }

    private void booked(String node, int claim) {
        JsonObject data = JsonObject.of(Lost.TASK, "0:" + node, Lost.CLAIM, claim);
        attempts.add(
                new Draft(ExecutionEvent.CUSTOM, 0, Optional.of(node), JsonObject.of("name", "usage", "data", data)));
    }

    @Test
    void whatBeganAndDidNotEndIsLost() {
        claimed(1);
        of(ExecutionEvent.TASK_STARTED, "a");
        of(ExecutionEvent.TASK_STARTED, "b");
        of(ExecutionEvent.TASK_STARTED, "c");
        said("a", "four");
        said("b", "a");
        said("a", "teen");
        of(ExecutionEvent.TASK_FINISHED, "b");
        of(ExecutionEvent.TASK_FAILED, "c");
        assertThat(attempts.byTask()).isEqualTo(Map.of("0:a", List.of(new Lost(1, 8))));
    }

    @Test
    void whatATaskSaidCountsForThatTask() {
        claimed(1);
        for (String task : List.of("0:a:00000", "0:a:00001")) {
            attempts.add(new Draft(ExecutionEvent.TASK_STARTED, 0, Optional.of("a"), JsonObject.of("task", task)));
        }
        JsonObject said = JsonObject.of("text", "four", "task", "0:a:00001");
        attempts.add(new Draft(ExecutionEvent.MESSAGE, 0, Optional.of("a"), said));
        assertThat(attempts.byTask())
                .isEqualTo(Map.of("0:a:00000", List.of(new Lost(1, 0)), "0:a:00001", List.of(new Lost(1, 4))));
    }

    @Test
    void everyLostAttemptCountsUntilItIsBooked() {
        claimed(1);
        of(ExecutionEvent.TASK_STARTED, "a");
        said("a", "four");
        claimed(2);
        claimed(3);
        of(ExecutionEvent.TASK_STARTED, "a");
        said("a", "eighteen");
        assertThat(attempts.byTask()).isEqualTo(Map.of("0:a", List.of(new Lost(1, 4), new Lost(3, 8))));
        booked("a", 1);
        assertThat(attempts.byTask()).isEqualTo(Map.of("0:a", List.of(new Lost(3, 8))));
        claimed(4);
        of(ExecutionEvent.TASK_STARTED, "a");
        booked("a", 3);
        of(ExecutionEvent.TASK_FINISHED, "a");
        assertThat(attempts.byTask()).isEmpty();
    }

    @Test
    void whatAsksOrIsTriedAgainIsNotLost() {
        claimed(1);
        of(ExecutionEvent.TASK_STARTED, "a");
        of(ExecutionEvent.TASK_FAILED, "a");
        of(ExecutionEvent.TASK_STARTED, "a");
        of(ExecutionEvent.TASK_STARTED, "a");
        attempts.add(new Draft(ExecutionEvent.WAITING, 0, Optional.empty(), JsonObject.EMPTY));
        attempts.add(new Draft(ExecutionEvent.RESUMED, 0, Optional.empty(), JsonObject.EMPTY));
        claimed(2);
        assertThat(attempts.byTask()).isEmpty();
    }
}
