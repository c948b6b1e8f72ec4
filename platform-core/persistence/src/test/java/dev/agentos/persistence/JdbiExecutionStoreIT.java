package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionFilter;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.testkit.CheckpointStoreContract;
import dev.agentos.execution.testkit.StoreFixture;
import dev.agentos.execution.testkit.Stores;
import dev.agentos.graph.Change;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.GraphReference;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The contract of execution stores, on a real PostgreSQL, and what can only go wrong there. */
@Tag("each-postgresql")
class JdbiExecutionStoreIT extends CheckpointStoreContract {

    private final Database database = PostgresFixture.open();

    @Override
    public ExecutionStore empty() {
        return database.executionStore();
    }

    @Override
    public TenantId newTenant() {
        return ExecutionFixture.newTenant(database);
    }

    @Override
    public GraphReference graphOf(TenantId owner) {
        return ExecutionFixture.graphOf(database, owner);
    }

    @Override
    public Instant now() {
        return Instant.now();
    }

    @Override
    public void pass(Duration time) {
        ExecutionFixture.pass(database, time);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Nested
    class Unreadable extends StoreFixture {
        @Override
        protected Stores stores() {
            return JdbiExecutionStoreIT.this;
        }

        @Test
        void parksWhatCannotBeReadAndClaimsTheRest() {
            ExecutionId spoiled = admit().id();
            ExecutionId sound = admit().id();
            spoil(spoiled);
            assertThat(claim("server-1", 10, LEASE))
                    .extracting(one -> one.execution().id())
                    .containsExactly(sound);
            assertParked(spoiled);
            assertThat(store.list(tenant, ExecutionFilter.ANY, PageRequest.FIRST)
                            .items())
                    .extracting(Execution::id)
                    .containsExactly(sound, spoiled);
        }

        @Test
        void showsNothingOfWhatHasOnlyBegun() {
            Execution candidate = unadmitted();
            ExecutionStore.Running running = store.begin(new ExecutionStore.Candidate(
                            candidate,
                            start(),
                            List.of(),
                            List.of(said("execution.queued")),
                            Optional.of(new ExecutionStore.Claimant("server-1", LEASE))))
                    .running()
                    .orElseThrow();
            assertThat(running.log().unopened()).isTrue();
            assertThat(store.find(tenant, candidate.id())).isEmpty();
            running.log().settle();
            assertThat(running.log().unopened()).isFalse();
            assertThat(store.find(tenant, candidate.id()).orElseThrow().state()).isEqualTo(ExecutionState.RUNNING);
        }

        @Test
        void aBatchOfWhatCannotBeReadHidesNothing() {
            ExecutionId spoiled = admit().id();
            ExecutionId sound = admit().id();
            spoil(spoiled);
            assertThat(claim("server-1", 1, LEASE))
                    .extracting(one -> one.execution().id())
                    .containsExactly(sound);
            assertParked(spoiled);
        }

        /** Nor does one that is late, and cannot be read, keep others in the queue behind their deadline. */
        @Test
        void parksWhatIsLateAndCannotBeReadAndEndsTheRest() {
            ExecutionId spoiled = admit().id();
            ExecutionId late = admit().id();
            spoil(spoiled);
            database.platform()
                    .run(handle -> handle.execute(
                            "UPDATE executions SET deadline = now() - interval '1 day' + number * interval '1 ms'"
                                    + " WHERE state = 'QUEUED' AND tenant_id = ?",
                            tenant.value()));
            Failure why = Failure.of(GraphErrorCode.EXECUTION_TIMEOUT, "It is late.", "Begin earlier.");
            assertThat(store.endOverdue(one -> new ExecutionStore.Ending(why, said("execution.timed_out")), 1_000))
                    .extracting(Execution::id)
                    .contains(late)
                    .doesNotContain(spoiled);
            assertParked(spoiled);
            assertThat(store.find(tenant, late).orElseThrow().state()).isEqualTo(ExecutionState.TIMED_OUT);
        }

        private void spoil(ExecutionId id) {
            database.platform()
                    .run(handle -> handle.createUpdate("UPDATE executions SET configuration = '[]' WHERE id = :id")
                            .bind("id", id.value())
                            .execute());
        }

        private void assertParked(ExecutionId id) {
            Execution parked = store.find(tenant, id).orElseThrow();
            assertThat(parked.state()).isEqualTo(ExecutionState.FAILED);
            assertThat(parked.failure().orElseThrow().code()).isEqualTo("graph:UNREADABLE");
            assertThat(store.events(tenant, id, 0, 10).getLast().draft().type()).isEqualTo("execution.failed");
        }
    }

    /** The driver reads all that a statement returns: what is large must not come many at a time. */
    @Nested
    class LargeConfigurations extends StoreFixture {
        private static final int LARGE = 3 << 20;

        @Override
        protected Stores stores() {
            return JdbiExecutionStoreIT.this;
        }

        private ExecutionId large() {
            ExecutionId id = admit().id();
            database.platform()
                    .run(handle -> handle.createUpdate("UPDATE executions SET configuration ="
                                    + " json_build_object('a', repeat('x', :size)) WHERE id = :id")
                            .bind("size", LARGE)
                            .bind("id", id.value())
                            .execute());
            return id;
        }

        @Test
        void countToWhatIsReadOfAnExecution() {
            long small = claimed(admit().id()).bytes();
            ExecutionId id = large();
            ExecutionStore.Claim claim = claimed(id);
            assertThat(small).isBetween(1L, 10_000L);
            assertThat(claim.bytes()).isBetween((long) LARGE, LARGE + 10_000L);
            assertThat(claim.execution().request().configuration().text("a"))
                    .hasValueSatisfying(text -> assertThat(text).hasSize(LARGE));
        }

        private ExecutionStore.Claim claimed(ExecutionId id) {
            List<ExecutionStore.Claim> claims = claim("server-1", 10, LEASE);
            assertThat(claims)
                    .singleElement()
                    .satisfies(one -> assertThat(one.execution().id()).isEqualTo(id));
            return claims.getFirst();
        }

        @Test
        void areClaimedAFewAtATime() {
            List<ExecutionId> all = List.of(large(), large(), large(), large(), large());
            List<ExecutionId> claimed = new ArrayList<>();
            List<Integer> sizes = new ArrayList<>();
            while (claimed.size() < all.size()) {
                List<ExecutionStore.Claim> claims = claim("server-1", 32, LEASE);
                sizes.add(claims.size());
                claims.forEach(one -> claimed.add(one.execution().id()));
            }
            assertThat(claimed).isEqualTo(all);
            assertThat(sizes).containsExactly(2, 2, 1);
        }

        @Test
        void areListedAFewAtATime() {
            List<ExecutionId> all = new ArrayList<>(List.of(admit().id(), large(), admit().id(), large(), large()));
            Collections.reverse(all);
            List<ExecutionId> seen = new ArrayList<>();
            List<Integer> sizes = new ArrayList<>();
            Optional<String> next = Optional.empty();
            do {
                Page<Execution> page = store.list(tenant, ExecutionFilter.ANY, new PageRequest(50, next));
                sizes.add(page.items().size());
                page.items().forEach(one -> seen.add(one.id()));
                next = page.next();
            } while (next.isPresent());
            assertThat(seen).isEqualTo(all);
            assertThat(sizes).containsExactly(1, 2, 2);
            assertThat(store.list(tenant, ExecutionFilter.ANY, new PageRequest(1, Optional.empty()))
                            .items())
                    .hasSize(1);
        }
    }

    @Nested
    class Queue extends StoreFixture {
        private static final int DEEP = 3_000;

        @Override
        protected Stores stores() {
            return JdbiExecutionStoreIT.this;
        }

        /** A claim looks at the heads of queues, however long they are. */
        @Test
        void isNotReadToItsEnd() {
            ExecutionId first = admit().id();
            deepen(first);
            try (HikariDataSource pool = Pools.forWriting(database.connection(), "looking", 1)) {
                String plan = new PlatformTransactions(pool)
                        .query(handle -> handle.createQuery("EXPLAIN (ANALYZE, FORMAT JSON) " + ExecutionQueue.CLAIM)
                                .bindArray("counted", String.class, List.of())
                                .bind("owner", "server-1")
                                .bind("most", 8)
                                .bind("looked", 32L)
                                .bind("lease", LEASE.toString())
                                .mapTo(String.class)
                                .one());
                assertThat(rowsOfExecutions(Json.parse(plan))).as(plan).isBetween(8.0, DEEP / 10.0);
            }
        }

        private void deepen(ExecutionId like) {
            database.platform().run(handle -> {
                String columns = handle.createQuery("""
                    SELECT string_agg(column_name, ', ') FROM information_schema.columns
                     WHERE table_schema = current_schema AND table_name = 'executions'
                       AND column_name NOT IN ('number', 'id', 'queued_at')
                    """).mapTo(String.class).one();
                handle.createUpdate("INSERT INTO executions (" + columns + ", id, queued_at) SELECT " + columns
                                + ", id || n, queued_at + n * interval '1 ms'"
                                + " FROM executions, generate_series(1, " + DEEP + ") n WHERE id = :id")
                        .bind("id", like.value())
                        .execute();
            });
        }

        private static double rowsOfExecutions(JsonValue node) {
            return switch (node) {
                case JsonArray items ->
                    items.items().stream().mapToDouble(Queue::rowsOfExecutions).sum();
                case JsonObject object -> {
                    double own = object.text("Relation Name")
                                    .filter("executions"::equals)
                                    .isPresent()
                            ? number(object, "Actual Rows") * number(object, "Actual Loops")
                            : 0;
                    yield own
                            + object.members().values().stream()
                                    .mapToDouble(Queue::rowsOfExecutions)
                                    .sum();
                }
                default -> 0;
            };
        }

        private static double number(JsonObject node, String name) {
            return Double.parseDouble(node.member(name).orElseThrow().toString());
        }
    }

    @Nested
    class Ended extends StoreFixture {
        @Override
        protected Stores stores() {
            return JdbiExecutionStoreIT.this;
        }

        private ExecutionId succeeded() {
            ExecutionId id = admit().id();
            ExecutionStore.Claim claim = claim("server-1", 1, LEASE).getFirst();
            assertThat(store.find(tenant, id).orElseThrow().output()).isEmpty();
            Checkpoint last = new Checkpoint(
                    1,
                    Checkpoint.Source.LOOP,
                    JsonObject.of("answer", 42),
                    List.of(),
                    List.of(),
                    JsonObject.EMPTY,
                    Optional.empty());
            ExecutionStore.Entry entry = new ExecutionStore.Entry(
                    List.of(said("execution.succeeded")),
                    List.of(),
                    Optional.of(last),
                    Map.of(
                            "answer",
                            new Change.Set(last.values().member("answer").orElseThrow())),
                    new ExecutionStore.Move.Finish(
                            new ExecutionStore.Outcome(ExecutionState.SUCCEEDED, Optional.empty())));
            ExecutionStore.Log log = store.open(claim).log();
            log.append(entry);
            log.settle();
            return id;
        }

        /** So that who follows it need not ask the database. */
        @Test
        void toldWithItsFirstRowWhatWasClaimed() {
            List<ExecutionStore.Stored> told = new ArrayList<>();
            store.listen(told::add);
            ExecutionId id = succeeded();

            List<ExecutionStore.Stored> ofIt = told.stream()
                    .filter(one -> one.lease().execution().equals(id))
                    .toList();
            assertThat(ofIt).hasSize(1);
            Execution begun = ofIt.getFirst().begun().orElseThrow();
            assertThat(begun.state()).isEqualTo(ExecutionState.RUNNING);
            assertThat(begun.request().input())
                    .isEqualTo(store.find(tenant, id).orElseThrow().request().input());
            assertThat(ofIt.getFirst().events().getFirst().sequence())
                    .isEqualTo(store.events(tenant, id, 0, 1).size() + 1L);
        }

        @Test
        void isReadTheSameEachTime() {
            ExecutionId id = succeeded();
            Execution first = store.find(tenant, id).orElseThrow();
            assertThat(first.output()).contains(JsonObject.of("a", 1, "answer", 42));
            assertThat(first.progress().step()).isEqualTo(1);
            assertThat(store.find(tenant, id)).contains(first);
            assertThat(database.executionStore().find(tenant, id))
                    .as("on another server")
                    .contains(first);
            assertThat(store.find(newTenant(), id)).as("by another tenant").isEmpty();
        }

        @Test
        void isNotReadWhenItIsGone() {
            ExecutionId id = succeeded();
            assertThat(store.find(tenant, id)).isPresent();
            database.platform()
                    .run(handle -> handle.createUpdate("DELETE FROM executions WHERE id = :id")
                            .bind("id", id.value())
                            .execute());
            assertThat(store.find(tenant, id)).isEmpty();
            assertThat(store.find(tenant, id)).isEmpty();
        }
    }
}
