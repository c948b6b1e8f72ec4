package dev.agentos.execution.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.execution.EngineConfig;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionEvent.Draft;
import dev.agentos.execution.ExecutionStore.Entry;
import dev.agentos.execution.ExecutionStore.Log;
import dev.agentos.execution.memory.MemoryExecutionStore;
import dev.agentos.execution.room.Room;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.FakeGraphStore;
import dev.agentos.graph.GraphLibrary;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.PendingWrite;
import dev.agentos.graph.Planner;
import dev.agentos.kernel.Failpoints;
import dev.agentos.spi.JsonObject;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a journal was told is in the log once it is settled. */
class JournalTest {

    private final List<Entry> durable = new ArrayList<>();

    private Journal journal(boolean atExit) {
        EngineConfig config = new EngineConfig(
                "a",
                1,
                Duration.ofSeconds(5),
                Duration.ofMillis(50),
                Duration.ofMillis(500),
                Duration.ofMillis(400),
                1_000);
        EngineContext context = EngineContext.of(
                config,
                new MemoryExecutionStore(),
                new GraphLibrary(new FakeGraphStore()),
                NodeHandlers.BUILT_IN,
                new Signals(),
                InstantSource.system(),
                new Random(1),
                Failpoints.NONE);
        return new Journal(
                context,
                new Log() {
                    @Override
                    public void append(List<Entry> entries) {
                        durable.addAll(entries);
                    }

                    @Override
                    public void write(List<Entry> entries) {
                        append(entries);
                    }

                    @Override
                    public void settle() {}

                    @Override
                    public int bytes() {
                        return 0;
                    }

                    @Override
                    public boolean unopened() {
                        return false;
                    }

                    @Override
                    public void abandon() {}
                },
                Room.endless().share(),
                atExit);
    }

    private static Draft draft(String type, JsonObject data) {
        return new Draft(type, 0, Optional.of("x"), data);
    }

    private List<PendingWrite> writes() {
        return durable.stream().flatMap(entry -> entry.writes().stream()).toList();
    }

    /** Also when what was said before fills an entry: else the effect would begin without its mark. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theMarkOfAnEffectIsThereWhenItBegins(boolean atExit) {
        Draft started = draft(ExecutionEvent.TASK_STARTED, JsonObject.of("task", "0:x", "attempt", 1));
        int room = (8 << 20) - (int) Sizes.of(started.data());
        PendingWrite mark = Review.mark(NodeTask.of(0, "x"), 0);
        for (int less = 0; less < 40; less++) {
            durable.clear();
            Journal journal = journal(atExit);
            String text = "x".repeat(room - less - (int) Sizes.of(JsonObject.of("text", "")));
            journal.add(draft(ExecutionEvent.CUSTOM, JsonObject.of("text", text)));
            journal.save(mark, started);
            journal.settle();
            assertThat(writes()).as("%d bytes of room", less).containsExactly(mark);
        }
    }

    @Test
    void anEntryBringsTheEventsOfItsWritesAlong() {
        Journal journal = journal(false);
        Draft waiting = draft(ExecutionEvent.TASK_WAITING, JsonObject.of("task", "0:x"));
        PendingWrite asked =
                new PendingWrite("0:x", "x", JsonObject.EMPTY, List.of(), Optional.of(JsonObject.of("asked", 1)));
        journal.save(asked, waiting);
        journal.flush();
        assertThat(durable).singleElement().satisfies(entry -> {
            assertThat(entry.events()).containsExactly(waiting);
            assertThat(entry.writes()).containsExactly(asked);
        });
    }

    /** A checkpoint that was kept back is perhaps stored whole, and hides whatever stands before it. */
    @Test
    void aCheckpointThatIsHandedOverBringsMarksAlong() {
        Journal journal = journal(true);
        NodeTask task = NodeTask.of(1, "x");
        Checkpoint checkpoint = new Checkpoint(
                1,
                Checkpoint.Source.LOOP,
                JsonObject.EMPTY,
                List.of(task),
                List.of(),
                JsonObject.EMPTY,
                Optional.empty());
        journal.checkpoint(new Planner.Step(checkpoint, Map.of()));
        PendingWrite mark = Review.mark(task, 0);
        journal.save(mark, draft(ExecutionEvent.TASK_STARTED, JsonObject.of("task", task.id(), "attempt", 1)));
        journal.settle();
        assertThat(writes()).containsExactly(mark);
        journal.handOver();
        assertThat(durable.getLast().checkpoint()).contains(checkpoint);
        assertThat(durable.getLast().writes()).containsExactly(mark);
    }
}
