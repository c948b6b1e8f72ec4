package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.agentos.execution.Command;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.ExecutionStore.Claimant;
import dev.agentos.execution.ExecutionStore.Entry;
import dev.agentos.execution.ExecutionStore.Log;
import dev.agentos.execution.ExecutionStore.Move;
import dev.agentos.execution.LeaseLostException;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeTask;
import dev.agentos.kernel.Turns;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Rows of the log whose writer does not hear whether they were committed. */
@Timeout(120)
class LostAnswersIT {

    private static final Claimant ONE = new Claimant("server-1", Duration.ofMinutes(5));
    private static final Claimant OTHER = new Claimant("server-2", Duration.ofMinutes(5));
    private static final Command ANSWER =
            new Command(Map.of("0:y", JsonNumber.of(1)), Optional.empty(), JsonObject.EMPTY, List.of());
    private static final ExecutionStore.Outcome SUCCESS =
            new ExecutionStore.Outcome(ExecutionState.SUCCEEDED, Optional.empty());

    private final Database database = PostgresFixture.open();
    private final ExecutionStore store = database.executionStore();
    private final TenantId tenant = ExecutionFixture.newTenant(database);
    private final GraphReference graph = ExecutionFixture.graphOf(database, tenant);
    private final HikariDataSource pool = Pools.forWriting(database.connection(), "losing", 4);
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    /** How many statements that write rows were executed. */
    private final AtomicInteger written = new AtomicInteger();

    @AfterEach
    void close() {
        released.countDown();
        pool.close();
        database.close();
    }

    private ExecutionStore losing(LostCommits.Fate fate) {
        return new JdbiExecutionStore(
                new TenantTransactions(pool, new Turns<>(1, 1, Pools.ACQUIRE_LIMIT)),
                new PlatformTransactions(pool),
                LostCommits.of(pool, fate),
                database.hints());
    }

    private ExecutionStore.Running admit(ExecutionStore where) {
        Execution execution = ExecutionFixture.queued(tenant, graph);
        return where.admit(execution, checkpoint(0, List.of()), List.of(draft("execution.queued")), Optional.of(ONE))
                .running()
                .orElseThrow();
    }

    /** One that waits for an answer. */
    private ExecutionId waiting() {
        ExecutionStore.Running running = admit(store);
        running.log()
                .write(new Entry(
                        List.of(draft("execution.waiting")),
                        List.of(),
                        Optional.of(checkpoint(1, List.of(new Interrupt("0:y", "y", JsonObject.EMPTY)))),
                        Map.of(),
                        new Move.Suspend()));
        return running.claim().execution().id();
    }

    private static Checkpoint checkpoint(int number, List<Interrupt> asked) {
        return new Checkpoint(
                number,
                number == 0 ? Checkpoint.Source.INPUT : Checkpoint.Source.LOOP,
                JsonObject.EMPTY,
                List.of(NodeTask.of(0, "y")),
                asked,
                JsonObject.of("supersteps", number),
                Optional.empty());
    }

    private static ExecutionEvent.Draft draft(String type) {
        return new ExecutionEvent.Draft(type, 0, Optional.empty(), JsonObject.EMPTY);
    }

    private static Entry said(Move move, String type) {
        return new Entry(List.of(draft(type)), List.of(), Optional.empty(), Map.of(), move);
    }

    private ExecutionStore.Resuming resuming(ExecutionStore where, ExecutionId id, Claimant claimant) {
        return where.resume(
                        tenant,
                        id,
                        (execution, checkpoint) -> new ExecutionStore.Answer(ANSWER, draft("execution.resumed")),
                        Optional.of(claimant))
                .orElseThrow();
    }

    private static Log log(ExecutionStore.Resuming resuming) {
        return resuming.running().orElseThrow().log();
    }

    private List<String> types(ExecutionId id) {
        return store.events(tenant, id, 0, 100).stream()
                .map(event -> event.draft().type())
                .toList();
    }

    /** The first statement that writes rows waits, so that the next one writes all that has come meanwhile. */
    private boolean secondIsLost(String sql) throws InterruptedException {
        if (!sql.contains("INSERT INTO execution_log")) {
            return false;
        }
        int statement = written.incrementAndGet();
        if (statement == 1) {
            begun.countDown();
            released.await();
        }
        return statement == 2;
    }

    /** Repeated, such a batch is refused for the rows that leave their execution where it is, and goes row by row. */
    @Test
    void eachRowOfABatchIsFoundThatWasCommittedUnheard() throws Exception {
        ExecutionStore losing = losing(this::secondIsLost);
        ExecutionId answered = waiting();
        ExecutionId answeredAtOnce = waiting();
        ExecutionStore.Running first = admit(store);
        Log holding = losing.open(first.claim()).log();
        ExecutionStore.Running second = admit(store);
        Log staying = losing.open(second.claim()).log();
        ExecutionStore.Running third = admit(store);
        Log ending = losing.open(third.claim()).log();
        ExecutionStore.Resuming resuming = resuming(losing, answered, OTHER);
        ExecutionStore.Resuming through = resuming(losing, answeredAtOnce, OTHER);
        Thread held = Thread.ofVirtual().start(() -> holding.write(said(Move.STAY, "custom")));
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();

        staying.append(said(Move.STAY, "custom"));
        ending.append(said(new Move.Finish(SUCCESS), "execution.succeeded"));
        log(resuming).append(said(Move.STAY, "custom"));
        log(through).append(said(new Move.Finish(SUCCESS), "execution.succeeded"));
        released.countDown();
        held.join();
        staying.settle();
        ending.settle();
        log(resuming).settle();
        log(through).settle();

        assertThat(written).as("one batch, and each of its rows alone").hasValue(7);
        assertThat(resuming.resumed().get()).isPresent();
        assertThat(through.resumed().get()).isPresent();
        assertThat(store.find(tenant, answered).orElseThrow().state()).isEqualTo(ExecutionState.RUNNING);
        assertThat(store.find(tenant, answeredAtOnce).orElseThrow().state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(types(second.claim().execution().id())).containsExactly("execution.queued", "custom");
        assertThat(types(third.claim().execution().id())).containsExactly("execution.queued", "execution.succeeded");
        assertThat(types(answered))
                .containsExactly("execution.queued", "execution.waiting", "execution.resumed", "custom");
        log(resuming).write(said(new Move.Finish(SUCCESS), "execution.succeeded"));
        assertThat(store.find(tenant, answered).orElseThrow().state()).isEqualTo(ExecutionState.SUCCEEDED);
    }

    /** The rows of both are the same bytes at the same place. */
    @Test
    void ofTwoServersThatAnswerOnlyTheOneThatWasHeardOwnsIt() {
        ExecutionId answered = waiting();
        ExecutionStore losing =
                losing(sql -> sql.contains("INSERT INTO execution_log") && written.incrementAndGet() == 1);
        ExecutionStore.Resuming late = resuming(losing, answered, OTHER);
        ExecutionStore.Resuming first = resuming(store, answered, ONE);
        log(first).settle();
        assertThat(first.resumed().get()).isPresent();
        assertThatThrownBy(() -> log(late).settle()).isInstanceOf(LeaseLostException.class);
        assertThat(late.resumed().get()).isEmpty();
        assertThat(written).hasValue(2);
        log(first).write(said(Move.STAY, "custom"));
        assertThat(types(answered))
                .containsExactly("execution.queued", "execution.waiting", "execution.resumed", "custom");
    }

    @Test
    void whoOwnsItFindsItsOwnAnswer() {
        ExecutionId answered = waiting();
        ExecutionStore losing =
                losing(sql -> sql.contains("INSERT INTO execution_log") && written.incrementAndGet() == 1);
        ExecutionStore.Resuming resuming = resuming(losing, answered, OTHER);
        log(resuming).settle();
        assertThat(resuming.resumed().get()).isPresent();
        log(resuming).write(said(Move.STAY, "custom"));
        assertThat(types(answered))
                .containsExactly("execution.queued", "execution.waiting", "execution.resumed", "custom");
    }
}
