package dev.agentos.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonObject;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two servers that share a store of operations, of which one may not be heard of any more. */
@Timeout(30)
class OperationsTest {

    private static final Duration OVER = Duration.ofMillis(-1);

    private final OperationStore store = OperationStore.inMemory();
    private final Operations silent = new Operations(store, Ids.system(), InstantSource.system());
    private final Operations other = new Operations(store, Ids.system(), InstantSource.system());
    private final CountDownLatch goOn = new CountDownLatch(1);

    @AfterEach
    void close() {
        goOn.countDown();
        silent.close();
        other.close();
    }

    private Operation.State state(Operation operation) {
        return store.find(operation.id()).orElseThrow().state();
    }

    private Operation atWork(Operations server, String kind) throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        Operation operation = server.start(kind, "something", reporter -> {
            begun.countDown();
            goOn.await();
            reporter.progress(1, 2, "Half of it");
            return JsonObject.EMPTY;
        });
        begun.await();
        return operation;
    }

    @Test
    void whatNobodyIsAtAnyMoreIsEndedAndStaysSo() throws Exception {
        AtomicReference<Operation> told = new AtomicReference<>();
        CountDownLatch ended = new CountDownLatch(1);
        Operation lost = atWork(silent, "install");
        silent.whenEnded(lost.id(), one -> {
            told.set(one);
            ended.countDown();
        });
        Operation kept = atWork(other, "install");
        silent.follow();
        other.follow();
        assertThat(state(lost)).isEqualTo(Operation.State.RUNNING);

        silent.follow(OVER);
        assertThat(state(lost)).as("by itself, when it has waited too long").isEqualTo(Operation.State.FAILED);
        other.follow();
        assertThat(state(kept)).isEqualTo(Operation.State.RUNNING);
        Failure failure = store.find(lost.id()).orElseThrow().failure().orElseThrow();
        assertThat(failure.code()).isEqualTo("server:SHUTTING_DOWN");
        assertThat(failure.message()).contains("not been heard of");

        goOn.countDown();
        assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(told.get().state()).as("the work stops at its next step").isEqualTo(Operation.State.CANCELLED);
        assertThat(store.find(lost.id()).orElseThrow().failure()).contains(failure);
    }

    @Test
    void whatIsGoneOnWithStays() throws Exception {
        other.recover("erase");
        Operation resumed = atWork(silent, "erase");
        Operation lost = atWork(silent, "install");
        store.renew(Set.of(resumed.id(), lost.id()), OVER);
        other.follow();
        assertThat(state(lost)).isEqualTo(Operation.State.FAILED);
        assertThat(state(resumed)).isEqualTo(Operation.State.RUNNING);
    }

    @Test
    void whoeverOnlyWaitsIsNotWaitedForWhenItIsCancelled() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        AtomicReference<Boolean> interrupted = new AtomicReference<>();
        Operation waits = other.start("install", "something", reporter -> {
            try {
                begun.countDown();
                reporter.await(() -> goOn.await(20, TimeUnit.SECONDS));
                return JsonObject.EMPTY;
            } finally {
                interrupted.set(Thread.currentThread().isInterrupted());
            }
        });
        other.whenEnded(waits.id(), one -> ended.countDown());
        begun.await();
        assertThat(other.cancel(waits.id())).isTrue();
        assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(state(waits)).isEqualTo(Operation.State.CANCELLED);
        assertThat(interrupted.get()).as("what tidies up behind it").isFalse();
    }

    @Test
    void aStepThatIsReportedInTheMidstOfAWaitIsWrittenWhole() throws Exception {
        CountDownLatch written = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        AtomicReference<String> came = new AtomicReference<>("");
        Operation waits = other.start("install", "something", reporter -> {
            reporter.await(() -> {
                written.await();
                try {
                    reporter.progress(1, 2, "Half of it");
                    came.set("reported");
                } finally {
                    came.set(came.get() + (Thread.currentThread().isInterrupted() ? " interrupted" : ""));
                }
                return true;
            });
            return JsonObject.EMPTY;
        });
        other.whenEnded(waits.id(), one -> ended.countDown());
        // While a step is written, nobody waits.
        other.onChange(() -> {
            if (came.get().isEmpty()) {
                other.cancel(waits.id());
            }
        });
        written.countDown();
        assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(state(waits)).isEqualTo(Operation.State.CANCELLED);
        assertThat(came.get()).isEmpty();
    }

    @Test
    void whatCannotStopHalfwayIsNotInterrupted() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        Operation works = other.start("install", "something", reporter -> {
            boolean there = reporter.await(() -> true);
            begun.countDown();
            goOn.await();
            return JsonObject.of("there", there);
        });
        other.whenEnded(works.id(), one -> ended.countDown());
        begun.await();
        assertThat(other.cancel(works.id())).isTrue();
        goOn.countDown();
        assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(state(works)).isEqualTo(Operation.State.SUCCEEDED);
    }

    @Test
    void whatAnotherServerIsAtIsCancelledThere() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        Operation far = silent.start("install", "something", reporter -> {
            reporter.await(() -> {
                begun.countDown();
                return goOn.await(20, TimeUnit.SECONDS);
            });
            return JsonObject.EMPTY;
        });
        silent.whenEnded(far.id(), one -> ended.countDown());
        begun.await();
        silent.followCancels();
        assertThat(other.cancel(far.id())).isTrue();
        assertThat(other.cancel(far.id())).as("again").isTrue();
        assertThat(state(far)).isEqualTo(Operation.State.RUNNING);

        other.followCancels();
        silent.followCancels();
        assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(state(far)).isEqualTo(Operation.State.CANCELLED);
        assertThat(other.cancel(far.id())).as("it has ended").isFalse();
        assertThat(silent.cancel("op_none")).isFalse();
    }

    @Test
    void whatIsCancelledOnItsWayToPeopleDoesNotWaitForThem() throws Exception {
        for (Operations by : new Operations[] {silent, other}) {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch asked = new CountDownLatch(1);
            CountDownLatch ended = new CountDownLatch(1);
            Operation waits = silent.start("install", "something", reporter -> {
                begun.countDown();
                asked.await();
                throw reporter.waits("Waits for people");
            });
            silent.whenEnded(waits.id(), one -> ended.countDown());
            begun.await();
            assertThat(by.cancel(waits.id())).isTrue();
            asked.countDown();
            assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(state(waits)).isEqualTo(Operation.State.CANCELLED);
        }
    }
}
