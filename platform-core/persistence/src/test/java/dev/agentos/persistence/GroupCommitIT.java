package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.ExecutionStore.Claimant;
import dev.agentos.execution.ExecutionStore.Entry;
import dev.agentos.execution.ExecutionStore.Move;
import dev.agentos.graph.Change;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphReference;
import dev.agentos.kernel.Ids;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Many logs written at once, while the connections that write them are cut again and again. */
class GroupCommitIT {

    private static final int LOGS = 12;
    private static final int STEPS = 60;
    private static final int CUTS = 8;

    private final DatabaseConfig.External config = PostgresFixture.migrated();
    private final Database database = Database.open(config, Ids.system());
    private final ExecutionStore store = database.executionStore();
    private final TenantId tenant = ExecutionFixture.newTenant(database);
    private final GraphReference graph = ExecutionFixture.graphOf(database, tenant);

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void losesAndRepeatsNothingWhileItsConnectionsAreCut() throws Exception {
        long seed = Long.getLong("lab.seed", System.nanoTime());
        System.out.println("seed=" + seed);
        AtomicBoolean done = new AtomicBoolean();
        AtomicInteger cuts = new AtomicInteger();
        List<ExecutionId> written = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Boolean> cutter = threads.submit(() -> cutUntil(done, cuts, new Random(seed)));
            List<Future<List<ExecutionId>>> writers = IntStream.range(0, LOGS)
                    .mapToObj(i -> threads.submit(() -> writeUntil(cuts, new Random(seed + i + 1))))
                    .toList();
            for (Future<List<ExecutionId>> writer : writers) {
                written.addAll(writer.get(120, TimeUnit.SECONDS));
            }
            done.set(true);
            cutter.get(30, TimeUnit.SECONDS);
        }
        assertThat(cuts).as("connections that were cut").hasPositiveValue();
        for (ExecutionId id : written) {
            List<ExecutionEvent> events = store.events(tenant, id, 0, 10_000);
            assertThat(events)
                    .extracting(ExecutionEvent::sequence)
                    .containsExactlyElementsOf(
                            LongStream.rangeClosed(1, events.size()).boxed().toList());
            assertThat(events.stream()
                            .filter(event -> event.draft().type().equals("checkpoint"))
                            .map(event -> event.draft().step()))
                    .as("each superstep once and in order")
                    .containsExactlyElementsOf(
                            IntStream.rangeClosed(1, STEPS).boxed().toList());
            Execution ended = store.find(tenant, id).orElseThrow();
            assertThat(ended.state()).isEqualTo(ExecutionState.SUCCEEDED);
            assertThat(ended.output().orElseThrow().array("log").orElseThrow().size())
                    .isEqualTo(STEPS);
        }
    }

    /** Writes one after the other until connections were cut in between: a quiet machine is done with one before. */
    private List<ExecutionId> writeUntil(AtomicInteger cuts, Random random) {
        List<ExecutionId> written = new ArrayList<>();
        do {
            written.add(writeOne(random));
        } while (cuts.get() < CUTS);
        return written;
    }

    /** Admits one straight to a claimant, writes its steps, some waiting and some not, and ends it. */
    private ExecutionId writeOne(Random random) {
        ExecutionStore.Running running = admit();
        JsonArray log = JsonArray.EMPTY;
        for (int step = 1; step <= STEPS; step++) {
            List<JsonValue> added = List.of(JsonNumber.of(step));
            log = log.appended(added);
            Entry entry = entry(step, log, new Change.Append(new JsonArray(added)), Move.STAY);
            if (random.nextInt(3) == 0) {
                running.log().write(entry);
            } else {
                running.log().append(entry);
            }
        }
        running.log()
                .write(new Entry(
                        List.of(draft("execution.succeeded", STEPS)),
                        List.of(),
                        Optional.empty(),
                        Map.of(),
                        new Move.Finish(new ExecutionStore.Outcome(ExecutionState.SUCCEEDED, Optional.empty()))));
        return running.claim().execution().id();
    }

    private ExecutionStore.Running admit() {
        Execution execution = ExecutionFixture.queued(tenant, graph);
        return store.admit(
                        execution,
                        checkpoint(0, JsonArray.EMPTY),
                        List.of(draft("execution.queued", 0), draft("execution.started", 0)),
                        Optional.of(new Claimant("server", Duration.ofMinutes(5))))
                .running()
                .orElseThrow();
    }

    private static Entry entry(int step, JsonArray log, Change change, Move move) {
        Checkpoint checkpoint = checkpoint(step, log);
        return new Entry(
                List.of(ExecutionEvent.ofCheckpoint(checkpoint, List.of("log"))),
                List.of(),
                Optional.of(checkpoint),
                Map.of("log", change),
                move);
    }

    private static Checkpoint checkpoint(int number, JsonArray log) {
        return new Checkpoint(
                number,
                number == 0 ? Checkpoint.Source.INPUT : Checkpoint.Source.LOOP,
                new JsonObject(Map.of("log", log)),
                List.of(),
                List.of(),
                JsonObject.of("supersteps", number),
                Optional.empty());
    }

    private static ExecutionEvent.Draft draft(String type, int step) {
        return new ExecutionEvent.Draft(type, step, Optional.empty(), JsonObject.EMPTY);
    }

    /** Ends connections of the pools from outside, as a network or an administrator does. */
    private boolean cutUntil(AtomicBoolean done, AtomicInteger cuts, Random random)
            throws SQLException, InterruptedException {
        try (Connection connection = Schema.connect(config);
                Statement statement = connection.createStatement()) {
            while (!done.get()) {
                Thread.sleep(10 + random.nextInt(60));
                try (var result = statement.executeQuery("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                        + " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                        + " AND query LIKE '%execution_log%' AND random() < 0.5")) {
                    result.next();
                    cuts.addAndGet(result.getInt(1));
                }
            }
        }
        return true;
    }
}
