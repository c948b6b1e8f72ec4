package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Operation;
import dev.agentos.kernel.OperationStore;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class JdbiOperationStoreIT {

    private static Database database;
    private final Ids ids = Ids.system();

    @BeforeAll
    static void open() {
        database = PostgresFixture.open();
    }

    @AfterAll
    static void close() {
        database.close();
    }

    @Test
    void keepsProgressAndResultAndNumbersEvents() {
        OperationStore store = database.operationStore("node_a");
        Operation running = running();
        store.insert(running);
        assertThat(store.find(running.id())).contains(running);
        JsonObject result = JsonObject.of("z", 1, "a", new java.math.BigDecimal("1.00"));
        Operation done = new Operation(
                running.id(),
                running.kind(),
                running.subject(),
                Operation.State.SUCCEEDED,
                new Operation.Progress(3, 3, "Done"),
                Optional.of(result),
                Optional.empty(),
                running.createdAt(),
                Optional.of(Instant.parse("2026-01-02T03:04:05.678901Z")));
        store.update(running, JsonObject.of("done", 1));
        store.update(done, JsonObject.of("done", 3));
        store.update(running, JsonObject.of("late", true));
        assertThat(store.find(done.id())).contains(done);
        assertThat(store.find(done.id()).orElseThrow().result().orElseThrow().toString())
                .isEqualTo("{\"z\":1,\"a\":1.00}");
        assertThat(store.events(done.id(), 0))
                .extracting(OperationStore.Event::sequence)
                .containsExactly(1L, 2L);
        assertThat(store.events(done.id(), 1)).hasSize(1);
    }

    @Test
    void failsWhatItsOwnNodeLeftRunning() {
        OperationStore mine = database.operationStore("node_mine");
        OperationStore other = database.operationStore("node_other");
        Operation left = running();
        Operation elsewhere = running();
        Operation resumed = running();
        Operation kept = new Operation(
                resumed.id(),
                "tenant.erase",
                "tnt_a",
                resumed.state(),
                resumed.progress(),
                resumed.result(),
                resumed.failure(),
                resumed.createdAt(),
                resumed.finishedAt());
        mine.insert(left);
        mine.insert(kept);
        other.insert(elsewhere);
        Failure failure = Failure.of(KernelErrorCode.SHUTTING_DOWN, "It stopped.", "Start again.");
        assertThat(mine.failRunning(failure, Set.of("tenant.erase"))).isEqualTo(1);
        assertThat(mine.find(left.id()).orElseThrow().failure()).contains(failure);
        assertThat(mine.find(kept.id()).orElseThrow().state()).isEqualTo(Operation.State.RUNNING);
        assertThat(mine.find(elsewhere.id()).orElseThrow().state()).isEqualTo(Operation.State.RUNNING);
        assertThat(mine.events(left.id(), 0)).hasSize(1);
    }

    @Test
    void pagesFromTheNewestWithoutGapOrRepeat() {
        try (Database own = PostgresFixture.open()) {
            OperationStore store = own.operationStore("node_a");
            List<Operation> made =
                    java.util.stream.Stream.generate(this::running).limit(5).toList();
            made.forEach(store::insert);
            Page<Operation> first = store.list(new PageRequest(3, Optional.empty()));
            Page<Operation> second = store.list(new PageRequest(3, first.next()));
            assertThat(second.next()).isEmpty();
            assertThat(java.util.stream.Stream.concat(first.items().stream(), second.items().stream()))
                    .containsExactlyElementsOf(made.stream()
                            .sorted(java.util.Comparator.comparing(Operation::id)
                                    .reversed())
                            .toList());
        }
    }

    @Test
    void whatWaitsSurvivesAStartAndOneServerGoesOnWithIt() throws Exception {
        OperationStore mine = database.operationStore("node_a");
        OperationStore other = database.operationStore("node_b");
        Operation waits = running();
        mine.insert(waits);
        assertThat(mine.take(waits.id())).as("it runs").isFalse();
        mine.update(waits.in(Operation.State.WAITING), JsonObject.of("state", "WAITING"));
        mine.failRunning(Failure.of(KernelErrorCode.SHUTTING_DOWN, "It stopped.", "Try again."), Set.of());
        assertThat(other.find(waits.id()).orElseThrow().state()).isEqualTo(Operation.State.WAITING);
        List<Boolean> taken = java.util.stream.IntStream.range(0, 8)
                .parallel()
                .mapToObj(i -> (i % 2 == 0 ? mine : other).take(waits.id()))
                .toList();
        assertThat(taken.stream().filter(one -> one)).hasSize(1);
        // Whoever took it and stops now fails it, and nobody else does.
        mine.failRunning(Failure.of(KernelErrorCode.SHUTTING_DOWN, "It stopped.", "Try again."), Set.of());
        other.failRunning(Failure.of(KernelErrorCode.SHUTTING_DOWN, "It stopped.", "Try again."), Set.of());
        assertThat(mine.find(waits.id()).orElseThrow().state()).isEqualTo(Operation.State.FAILED);
        assertThat(mine.events(waits.id(), 0)).hasSize(2);
    }

    @Test
    void theServerThatIsAtAnOperationLearnsThatItWasCancelledElsewhere() {
        OperationStore here = database.operationStore("node_a");
        OperationStore there = database.operationStore("node_b");
        Operation unwanted = running();
        Operation wanted = running();
        List.of(unwanted, wanted).forEach(here::insert);
        Set<String> both = Set.of(unwanted.id(), wanted.id());
        assertThat(here.askedToCancel(both)).isEmpty();

        assertThat(there.askToCancel(unwanted.id())).isTrue();
        assertThat(there.askToCancel(unwanted.id())).as("again").isTrue();
        assertThat(here.askedToCancel(both)).containsExactly(unwanted.id());
        here.update(unwanted.in(Operation.State.WAITING), JsonObject.of("state", "WAITING"));
        assertThat(there.askToCancel(unwanted.id())).as("it waits").isFalse();
        here.update(unwanted.in(Operation.State.CANCELLED), JsonObject.of("state", "CANCELLED"));
        assertThat(there.askToCancel(unwanted.id())).as("it has ended").isFalse();
        assertThat(there.askToCancel("op_none")).isFalse();
    }

    @Test
    void anEndThatNobodyRecordedIsFound() {
        OperationStore store = database.operationStore("node_a");
        Operation cut = running();
        Operation silent = running();
        List.of(cut, silent).forEach(store::insert);
        store.asked(cut.id(), JsonObject.of("actor", "key_1"));
        store.asked(cut.id(), JsonObject.of("actor", "key_2"));
        Instant later = Instant.now().plusSeconds(3600);
        assertThat(store.unrecorded(later, 1000))
                .extracting(one -> one.operation().id())
                .doesNotContain(cut.id());
        store.failRunning(Failure.of(KernelErrorCode.SHUTTING_DOWN, "It stopped.", "Try again."), Set.of());
        assertThat(store.unrecorded(Instant.now().minusSeconds(3600), 1000)).isEmpty();
        assertThat(store.unrecorded(later, 1000))
                .filteredOn(one -> one.operation().id().equals(cut.id()))
                .singleElement()
                .satisfies(one -> assertThat(one.asked().text("actor")).contains("key_1"));
        assertThat(store.unrecorded(later, 1000))
                .noneMatch(one -> one.operation().id().equals(silent.id()));
        store.recorded(cut.id());
        assertThat(store.unrecorded(later, 1000))
                .noneMatch(one -> one.operation().id().equals(cut.id()));
    }

    @Test
    void whatAServerIsAtThatNeverComesBackIsEndedByAnother() {
        DatabaseConfig.External config = PostgresFixture.migrated();
        try (Database dead = Database.open(config, ids);
                Database alive = Database.open(config, ids)) {
            OperationStore gone = dead.operationStore("node_gone");
            OperationStore here = alive.operationStore("node_here");
            Operation lost = running();
            Operation kept = running();
            Operation fresh = running();
            Operation waits = running();
            List.of(lost, kept, waits).forEach(gone::insert);
            here.insert(fresh);
            gone.update(waits.in(Operation.State.WAITING), JsonObject.of("state", "WAITING"));
            gone.asked(lost.id(), JsonObject.of("actor", "key_1"));
            gone.renew(Set.of(lost.id(), kept.id(), waits.id()), Duration.ZERO);
            gone.renew(Set.of(kept.id()), Duration.ofMinutes(2));
            Failure failure = Failure.of(KernelErrorCode.SHUTTING_DOWN, "It is not heard of.", "Try again.");
            assertThat(here.failAbandoned(failure, Set.of("plugin.install")))
                    .as("kinds that somebody goes on with")
                    .isZero();
            assertThat(java.util.stream.IntStream.range(0, 8)
                            .parallel()
                            .map(i -> (i % 2 == 0 ? here : gone).failAbandoned(failure, Set.of()))
                            .sum())
                    .as("ended once")
                    .isEqualTo(1);
            assertThat(here.find(lost.id()).orElseThrow().state()).isEqualTo(Operation.State.FAILED);
            assertThat(here.events(lost.id(), 0)).hasSize(1);
            assertThat(List.of(kept, fresh))
                    .allSatisfy(
                            one -> assertThat(here.find(one.id()).orElseThrow().state())
                                    .isEqualTo(Operation.State.RUNNING));
            assertThat(here.find(waits.id()).orElseThrow().state()).isEqualTo(Operation.State.WAITING);
            assertThat(here.unrecorded(Instant.now().plusSeconds(60), 10))
                    .extracting(one -> one.operation().id())
                    .containsExactly(lost.id());
            assertThat(gone.update(lost, JsonObject.of("done", 1)))
                    .as("it comes back after all")
                    .isFalse();
            assertThat(here.find(lost.id()).orElseThrow().failure()).contains(failure);
            assertThat(here.take(waits.id())).isTrue();
            assertThat(gone.failAbandoned(failure, Set.of()))
                    .as("what was taken is worked on")
                    .isZero();
        }
    }

    private Operation running() {
        return new Operation(
                ids.next("op"),
                "plugin.install",
                "provider-local",
                Operation.State.RUNNING,
                new Operation.Progress(0, 0, "Accepted"),
                Optional.empty(),
                Optional.empty(),
                Instant.parse("2026-01-01T00:00:00.123456Z"),
                Optional.empty());
    }
}
