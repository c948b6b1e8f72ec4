package dev.agentos.execution.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.ExecutionStore.Log;
import dev.agentos.execution.ExecutionStore.Move;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What every {@link ExecutionStore} gives of a log that is too large to be read at once. */
abstract class LargeLogContract extends StoreFixture {

    private List<List<ExecutionEvent>> reads(Execution execution) {
        List<List<ExecutionEvent>> reads = new ArrayList<>();
        List<ExecutionEvent> events = store.events(tenant, execution.id(), 0, 100);
        while (!events.isEmpty()) {
            reads.add(events);
            events = store.events(tenant, execution.id(), events.getLast().sequence(), 100);
        }
        assertThat(reads.stream().flatMap(List::stream).map(ExecutionEvent::sequence))
                .as("all of them, in order")
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, reads.getLast().getLast().sequence())
                                .boxed()
                                .toList());
        return reads;
    }

    @Test
    void givesFewerEventsAtOnceWhenTheyAreLarge() {
        Execution execution = admit();
        Log log = log(claim());
        String text = "x".repeat(400_000);
        for (int i = 0; i < 8; i++) {
            log.write(entry(
                    List.of(),
                    new ExecutionEvent.Draft("custom", 0, Optional.of("x"), JsonObject.of("text", text)),
                    draft("message")));
        }
        List<List<ExecutionEvent>> reads = reads(execution);
        assertThat(reads)
                .hasSizeBetween(3, 6)
                .allSatisfy(events -> assertThat(events.stream()
                                .mapToLong(event -> Json.size(event.draft().data()))
                                .sum())
                        .isLessThan(ExecutionStore.MOST_EVENT_BYTES + text.length() + 100));
        assertThat(reads.getLast().getLast().sequence()).isEqualTo(17);
    }

    @Test
    void findsSmallEventsBesideLargeStatesAtOnce() {
        Execution execution = large(12);
        assertThat(reads(execution))
                .singleElement()
                .satisfies(events -> assertThat(events).hasSize(25));
    }

    @Test
    void tellsAHistoryOfLargeValuesWhole() {
        Execution execution = large(12);
        List<List<ExecutionStore.Passage>> pages = history(execution, 100);
        assertThat(pages.stream()
                        .flatMap(List::stream)
                        .map(one -> one.checkpoint().number()))
                .containsExactly(12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
        assertThat(pages.stream().flatMap(List::stream).toList())
                .as("the same as when each is asked for alone")
                .isEqualTo(history(execution, 1).stream().flatMap(List::stream).toList());
    }

    private List<List<ExecutionStore.Passage>> history(Execution execution, int limit) {
        List<List<ExecutionStore.Passage>> pages = new ArrayList<>();
        Optional<String> next = Optional.empty();
        do {
            Page<ExecutionStore.Passage> page = store.history(tenant, execution.id(), new PageRequest(limit, next));
            pages.add(page.items());
            next = page.next();
        } while (next.isPresent());
        return pages;
    }

    /** An execution with so many checkpoints, each of which sets a megabyte. */
    private Execution large(int checkpoints) {
        Execution execution = admit();
        Log log = log(claim());
        for (int number = 1; number <= checkpoints; number++) {
            JsonObject values = JsonObject.of("a", number + "x".repeat(1_000_000));
            log.write(entry(
                    List.of(),
                    new ExecutionEvent.Draft(
                            ExecutionEvent.TASK_FINISHED,
                            number - 1,
                            Optional.of("x"),
                            JsonObject.of("task", (number - 1) + ":x", "channels", List.of("a")))));
            log.write(entry(checkpoint(number, values), Set.of("a"), Move.STAY, draft("checkpoint")));
        }
        return execution;
    }
}
