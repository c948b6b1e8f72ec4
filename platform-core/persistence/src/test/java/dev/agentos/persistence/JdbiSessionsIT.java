package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEngine;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.Executions;
import dev.agentos.execution.Sessions;
import dev.agentos.execution.WhenBusy;
import dev.agentos.execution.testkit.SessionsContract;
import dev.agentos.graph.GraphStore;
import dev.agentos.kernel.Ids;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The contract of sessions, on a real PostgreSQL. */
@Tag("each-postgresql")
class JdbiSessionsIT extends SessionsContract {

    private final DatabaseConfig.External config = PostgresFixture.migrated();
    private final List<Database> databases = new ArrayList<>();
    private final Database database = open();

    private Database open() {
        Database opened = Database.open(config, Ids.system());
        databases.add(opened);
        return opened;
    }

    @Override
    protected ExecutionStore store() {
        return database.executionStore();
    }

    @Override
    protected GraphStore graphs() {
        return database.graphStore();
    }

    @Override
    protected TenantId newTenant() {
        return ExecutionFixture.newTenant(database);
    }

    @AfterEach
    @Override
    protected void end() {
        super.end();
        databases.forEach(Database::close);
    }

    /** An engine that hears of what happens on other servers, as a server's does. */
    private void listen(Database of, Executions seen, ExecutionEngine engine) {
        of.hints().subscribe(hint -> {
            switch (hint) {
                case Hints.Hint.Work() -> engine.wake();
                case Hints.Hint.Changed(var whose, var id) -> seen.hint(whose, id);
                case Hints.Hint.Steered(var whose, var id) -> seen.hintSteered(whose, id);
                case Hints.Hint.Plugins(), Hints.Hint.Policies(), Hints.Hint.Switches(), Hints.Hint.Collection _ -> {}
            }
        });
    }

    @Test
    void twoServersShareTheLine() {
        Database second = open();
        Executions others = over(second.executionStore());
        listen(database, executions, engine("a", executions));
        listen(second, others, engine("b", others));
        List<Sessions> both = List.of(sessions, new Sessions(others, InstantSource.system()));
        Sessions.Turn turn = new Sessions.Turn("s", WhenBusy.ENQUEUE, Optional.empty());
        List<Execution> all = IntStream.range(0, 40)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> both.get(i % 2)
                                .start(tenant, says("m" + i), turn, Optional.empty())
                                .execution(),
                        Thread::startVirtualThread))
                .toList()
                .stream()
                .map(CompletableFuture::join)
                .toList();
        all.forEach(this::succeeds);
        List<String> messages = messages();
        assertThat(messages).hasSize(80);
        for (int i = 0; i < messages.size(); i += 2) {
            // Each has seen all that was said before it, and nothing came in between.
            assertThat(messages.get(i + 1)).isEqualTo("answer " + messages.get(i) + " of " + (i + 1));
        }
    }

    @RepeatedTest(5)
    void whateverComesAtOnceNothingIsLeftBehind() {
        long seed = System.nanoTime();
        System.out.println("seed=" + seed);
        Database second = open();
        Executions others = over(second.executionStore());
        listen(database, executions, engine("a", executions));
        listen(second, others, engine("b", others));
        List<Sessions> both = List.of(sessions, new Sessions(others, InstantSource.system()));
        List<CompletableFuture<Optional<Execution>>> all = IntStream.range(0, 120)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> oneOf(both.get(i % 2), new Random(seed + i), "m" + i), Thread::startVirtualThread))
                .toList();
        List<Execution> admitted = all.stream()
                .map(CompletableFuture::join)
                .flatMap(Optional::stream)
                .toList();
        for (Execution one : admitted) {
            Execution ended = rest(one);
            assertThat(ended.state()).isIn(ExecutionState.SUCCEEDED, ExecutionState.CANCELLED);
            List<ExecutionEvent> events = store.events(tenant, one.id(), 0, 100);
            assertThat(events).filteredOn(ExecutionEvent::terminal).hasSize(1);
            assertThat(events.getLast().terminal()).isTrue();
        }
        assertThat(session().line().active()).isEmpty();
        assertThat(session().line().held()).isEmpty();
        succeeds(say("last", WhenBusy.REJECT));
    }

    private Optional<Execution> oneOf(Sessions server, Random random, String message) {
        WhenBusy how = WhenBusy.values()[random.nextInt(4)];
        try {
            Execution started = server.start(
                            tenant, says(message), new Sessions.Turn("s", how, Optional.empty()), Optional.empty())
                    .execution();
            if (random.nextInt(2) == 0) {
                executions.cancel(tenant, started.id());
            }
            return Optional.of(started);
        } catch (AgentOsException e) {
            assertThat(e.errorCode().code())
                    .as(String.valueOf(e.getMessage()))
                    .isIn("graph:SESSION_BUSY", "graph:ALREADY_FINISHED");
            return Optional.empty();
        }
    }

    @Test
    void aTenantSeesItsOwnRowsAlone() {
        say("hello", WhenBusy.REJECT);
        TenantId other = newTenant();
        String sql = "SELECT count(*) FROM sessions";
        assertThat(database.tenants()
                        .<Long>inTenant(
                                tenant,
                                handle -> handle.createQuery(sql)
                                        .mapTo(Long.class)
                                        .one()))
                .isEqualTo(1);
        assertThat(database.tenants()
                        .<Long>inTenant(
                                other,
                                handle -> handle.createQuery(sql)
                                        .mapTo(Long.class)
                                        .one()))
                .isZero();
        assertThat(database.tenants()
                        .<Integer>inTenant(
                                other,
                                handle -> handle.createUpdate("UPDATE sessions SET revision = :n")
                                        .bind("n", 9)
                                        .execute()))
                .isZero();
        database.tenantStore().delete(tenant);
        assertThat(database.platform()
                        .<Long>call(handle ->
                                handle.createQuery(sql).mapTo(Long.class).one()))
                .isZero();
    }
}
