package dev.agentos.execution.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore.Move;
import dev.agentos.execution.ExecutionStore.Outcome;
import dev.agentos.execution.ExecutionStore.Stored;
import dev.agentos.execution.Lease;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphReference;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TailsTest {

    private static final TenantId TENANT = new TenantId("tnt_1");
    private static final Instant ADMITTED = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant ENDED = Instant.parse("2026-01-01T00:00:07Z");
    private static final Move SUCCESS = new Move.Finish(new Outcome(ExecutionState.SUCCEEDED, Optional.empty()));

    private final Tails tails = new Tails();

    private static Execution execution(String id) {
        return new Execution(
                new ExecutionId(id),
                TENANT,
                new ExecutionRequest(
                        Optional.empty(),
                        new GraphReference("gra_1", 1),
                        JsonObject.of("n", 1),
                        JsonObject.EMPTY,
                        0,
                        Optional.empty(),
                        ExecutionRequest.Durability.SYNC),
                ExecutionState.RUNNING,
                new Execution.Progress(0, 1, false),
                Optional.empty(),
                Optional.empty(),
                new Execution.Times(ADMITTED, Optional.of(ADMITTED), Optional.empty()));
    }

    private static Checkpoint checkpoint(int number) {
        return new Checkpoint(
                number,
                Checkpoint.Source.LOOP,
                JsonObject.of("n", number),
                List.of(),
                List.of(),
                JsonObject.EMPTY,
                Optional.empty());
    }

    private static ExecutionEvent event(long sequence, String type) {
        return new ExecutionEvent(
                sequence, new ExecutionEvent.Draft(type, 0, Optional.empty(), JsonObject.EMPTY), ENDED);
    }

    private ExecutionId begin(String id, int bytes) {
        Execution begun = execution(id);
        tails.stored(new Stored(
                lease(begun.id()),
                List.of(event(1, ExecutionEvent.QUEUED)),
                Optional.of(checkpoint(0)),
                Move.STAY,
                bytes,
                Optional.of(begun)));
        return begun.id();
    }

    private void store(
            ExecutionId id, int bytes, Move move, Optional<Checkpoint> checkpoint, ExecutionEvent... events) {
        tails.stored(new Stored(lease(id), List.of(events), checkpoint, move, bytes, Optional.empty()));
    }

    private static Lease lease(ExecutionId id) {
        return new Lease(TENANT, id, "server-1", 1);
    }

    private List<Long> events(ExecutionId id, long after, int most) {
        return tails.events(TENANT, id, after, most).orElseThrow().stream()
                .map(ExecutionEvent::sequence)
                .toList();
    }

    @Test
    void remembersWhatWasStoredAndHowItEnded() {
        ExecutionId id = begin("exe_1", 10);
        assertThat(events(id, 0, 10)).containsExactly(1L);
        assertThat(events(id, 1, 10)).isEmpty();
        store(id, 10, Move.STAY, Optional.of(checkpoint(1)), event(2, "custom"), event(3, "custom"));
        assertThat(events(id, 1, 1)).containsExactly(2L);
        assertThat(tails.execution(TENANT, id).orElseThrow().state()).isEqualTo(ExecutionState.RUNNING);
        store(id, 10, SUCCESS, Optional.empty(), event(4, ExecutionEvent.SUCCEEDED));
        assertThat(events(id, 0, 10)).containsExactly(1L, 2L, 3L, 4L);
        Execution ended = tails.execution(TENANT, id).orElseThrow();
        assertThat(ended.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(ended.output()).contains(JsonObject.of("n", 1));
        assertThat(ended.progress().step()).isEqualTo(1);
        assertThat(ended.times().finishedAt()).contains(ENDED);
        tails.forget(id);
        assertThat(events(id, 3, 10)).as("what has ended does not change").containsExactly(4L);
    }

    @Test
    void leavesWhatWasStoppedToTheStoreThatKnowsWhy() {
        ExecutionId id = begin("exe_1", 10);
        Move cancelled = new Move.Finish(new Outcome(ExecutionState.CANCELLED, Optional.empty()));
        store(id, 10, cancelled, Optional.empty(), event(2, ExecutionEvent.CANCELLED));
        assertThat(tails.execution(TENANT, id)).isEmpty();
        assertThat(tails.events(TENANT, id, 0, 10)).isEmpty();
    }

    @Test
    void showsNothingToAnotherTenant() {
        ExecutionId id = begin("exe_1", 10);
        TenantId other = new TenantId("tnt_2");
        assertThat(tails.events(other, id, 0, 10)).isEmpty();
        assertThat(tails.execution(other, id)).isEmpty();
    }

    @Test
    void leavesWhatWaitsOrIsGivenUpToTheStore() {
        ExecutionId waits = begin("exe_1", 10);
        store(waits, 10, new Move.Suspend(), Optional.empty(), event(2, ExecutionEvent.WAITING));
        assertThat(events(waits, 1, 10)).as("what happened does not change").containsExactly(2L);
        assertThat(tails.events(TENANT, waits, 2, 10))
                .as("another server may have added to it")
                .isEmpty();
        assertThat(tails.execution(TENANT, waits)).isEmpty();
        ExecutionId lost = begin("exe_2", 10);
        tails.forget(lost);
        store(lost, 10, Move.STAY, Optional.empty(), event(2, "custom"));
        assertThat(tails.events(TENANT, lost, 0, 10)).isEmpty();
    }

    @Test
    void goesOnBehindWhatItRemembersOfOneThatIsResumed() {
        ExecutionId here = begin("exe_1", 10);
        store(here, 10, new Move.Suspend(), Optional.empty(), event(2, ExecutionEvent.WAITING));
        resume(here, 3);
        assertThat(events(here, 0, 10)).containsExactly(1L, 2L, 3L);
        assertThat(events(here, 3, 10)).isEmpty();
        assertThat(tails.execution(TENANT, here).orElseThrow().state()).isEqualTo(ExecutionState.RUNNING);
        store(here, 10, new Move.Suspend(), Optional.empty(), event(4, ExecutionEvent.WAITING));
        resume(here, 9);
        assertThat(tails.events(TENANT, here, 0, 10))
                .as("another server did what is missing")
                .isEmpty();
        assertThat(tails.events(TENANT, here, 7, 10)).isEmpty();
        assertThat(events(here, 8, 10)).containsExactly(9L);
    }

    private void resume(ExecutionId id, long sequence) {
        tails.stored(new Stored(
                lease(id),
                List.of(event(sequence, ExecutionEvent.RESUMED)),
                Optional.empty(),
                Move.STAY,
                10,
                Optional.of(execution(id.value()))));
    }

    @Test
    void leavesWhatIsLargeToTheStore() {
        ExecutionId large = begin("exe_1", (1 << 20) + 1);
        assertThat(tails.execution(TENANT, large)).isEmpty();
        ExecutionId grows = begin("exe_2", 10);
        store(grows, 1 << 20, Move.STAY, Optional.empty(), event(2, "custom"));
        assertThat(tails.execution(TENANT, grows)).isEmpty();
    }

    @Test
    void keepsOnlyTheLastOfThoseThatWait() {
        for (int i = 0; i < 2_000; i++) {
            ExecutionId id = begin("exe_" + i, 10);
            store(id, 10, new Move.Suspend(), Optional.empty(), event(2, ExecutionEvent.WAITING));
        }
        long kept = IntStream.range(0, 2_000)
                .filter(i ->
                        tails.events(TENANT, new ExecutionId("exe_" + i), 0, 10).isPresent())
                .count();
        assertThat(kept).isEqualTo(1_024);
        assertThat(events(new ExecutionId("exe_1999"), 0, 10)).containsExactly(1L, 2L);
        assertThat(tails.events(TENANT, new ExecutionId("exe_0"), 0, 10)).isEmpty();
    }

    @Test
    void forgetsWhatEndedFirstWhenThereIsTooMuch() {
        for (int i = 0; i < 100; i++) {
            ExecutionId id = begin("exe_" + i, 1 << 19);
            if (i < 50) {
                store(id, 0, SUCCESS, Optional.empty(), event(2, ExecutionEvent.SUCCEEDED));
            }
        }
        assertThat(tails.execution(TENANT, new ExecutionId("exe_0"))).isEmpty();
        assertThat(tails.execution(TENANT, new ExecutionId("exe_35"))).isEmpty();
        assertThat(tails.execution(TENANT, new ExecutionId("exe_36"))).isPresent();
        long left = IntStream.range(50, 100)
                .filter(i ->
                        tails.execution(TENANT, new ExecutionId("exe_" + i)).isPresent())
                .count();
        assertThat(left).isEqualTo(50);
        for (int i = 100; i < 200; i++) {
            begin("exe_" + i, 1 << 19);
        }
        left = IntStream.range(50, 200)
                .filter(i ->
                        tails.execution(TENANT, new ExecutionId("exe_" + i)).isPresent())
                .count();
        assertThat(left).isEqualTo(64);
    }
}
