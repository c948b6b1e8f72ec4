package dev.agentos.pluginworker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the server makes of a process that does not do what a plugin's process does. */
@Timeout(120)
class WorkerTest {

    private static final int SECONDS = 30;

    @TempDir
    private Path folder;

    private final BlockingQueue<JsonObject> notes = new LinkedBlockingQueue<>();
    private final CompletableFuture<Worker> ended = new CompletableFuture<>();

    private Worker start(String talk, Worker.Answers outside) {
        WorkerLaunch launch =
                new WorkerLaunch(talk, Talk.class.getName(), Optional.empty(), 64, folder, folder, Map.of());
        return new Worker(new WorkerProcess(launch, line -> {}), outside, notes::add, ended::complete);
    }

    private static JsonObject nothing(JsonObject request, Consumer<String> parts) {
        return JsonObject.EMPTY;
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Waits until that many of the threads are in that method, and returns one of them. */
    private static Thread within(List<Thread> threads, Class<?> type, String method, int count) throws Exception {
        while (true) {
            List<Thread> there = threads.stream()
                    .filter(thread -> thread.getState() == Thread.State.WAITING
                            || thread.getState() == Thread.State.TIMED_WAITING)
                    .filter(thread -> Stream.of(thread.getStackTrace())
                            .anyMatch(frame -> frame.getClassName().equals(type.getName())
                                    && frame.getMethodName().equals(method)))
                    .toList();
            if (there.size() >= count) {
                return there.getFirst();
            }
            Thread.sleep(10);
        }
    }

    @Test
    void theEndOfAProcessIsHeardAlthoughMuchOfWhatItAskedIsStillToBeAnswered() throws Exception {
        CountDownLatch dead = new CountDownLatch(1);

        try (Worker worker = start("asks-and-dies", (request, parts) -> {
            await(dead);
            return JsonObject.EMPTY;
        })) {
            ProcessHandle.of(worker.pid()).map(ProcessHandle::onExit).ifPresent(CompletableFuture::join);
            dead.countDown();

            assertThat(ended.get(SECONDS, TimeUnit.SECONDS).reason()).isNotEmpty();
            assertThatThrownBy(() -> worker.call(JsonObject.EMPTY, WorkerTest::nothing))
                    .isInstanceOfSatisfying(
                            AgentOsException.class,
                            e -> assertThat(e.errorCode()).isEqualTo(WorkerErrorCode.CRASHED));
        }
    }

    @Test
    void aProcessThatTakesNothingMoreIsKilledOnceACallWasInVainLongEnough() throws Exception {
        try (Worker worker = start("hears-nothing", WorkerTest::nothing)) {
            // One fills the pipe, as many wait behind it as may, and two find no room.
            JsonObject request = JsonObject.of("text", "x".repeat(1 << 20));
            List<Thread> calls = Stream.generate(() -> Thread.ofVirtual().unstarted(() -> {
                        try {
                            worker.call(request, WorkerTest::nothing);
                        } catch (AgentOsException e) {
                            // As expected.
                        }
                    }))
                    .limit(67)
                    .toList();
            calls.forEach(Thread::start);

            within(calls, Worker.class, "enqueue", 2).interrupt();

            assertThat(ended.get(SECONDS, TimeUnit.SECONDS).reason()).isEqualTo("it does not listen any more");
            for (Thread call : calls) {
                assertThat(call.join(Duration.ofSeconds(SECONDS))).isTrue();
            }
        }
    }

    @Test
    void whatIsAskedInACallThatIsTakenBackIsAnswered() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (Worker worker = start("asks-a-crowd", WorkerTest::nothing)) {
            CompletableFuture<Throwable> outcome = new CompletableFuture<>();
            Thread caller = Thread.ofVirtual()
                    .start(() ->
                            outcome.complete(catchThrowable(() -> worker.call(JsonObject.EMPTY, (request, parts) -> {
                                await(never);
                                return JsonObject.EMPTY;
                            }))));

            within(List.of(caller), Answering.class, "begin", 1).interrupt();

            assertThat(outcome.get(SECONDS, TimeUnit.SECONDS))
                    .isInstanceOfSatisfying(
                            AgentOsException.class,
                            e -> assertThat(e.errorCode()).isEqualTo(KernelErrorCode.CANCELLED));
            assertThat(worker.call(JsonObject.EMPTY, WorkerTest::nothing)).isEqualTo(JsonObject.EMPTY);
        }
    }

    @Test
    void whatIsAskedBehindTheAnswerOfACallIsRefused() throws Exception {
        Semaphore asked = new Semaphore(0);
        try (Worker worker = start("asks-late", WorkerTest::nothing)) {
            CompletableFuture<JsonObject> answer = new CompletableFuture<>();
            Thread.ofVirtual()
                    .start(() -> answer.complete(worker.call(JsonObject.EMPTY, (request, parts) -> {
                        // The call's end waits for that.
                        asked.acquireUninterruptibly();
                        return JsonObject.EMPTY;
                    })));
            assertThat(notes.poll(SECONDS, TimeUnit.SECONDS)).isNotNull();

            asked.release();

            assertThat(notes.poll(SECONDS, TimeUnit.SECONDS)).isNotNull();
            assertThat(answer.get(SECONDS, TimeUnit.SECONDS)).isEqualTo(JsonObject.EMPTY);
        }
    }

    @Test
    void anErrorWhileARequestIsAnsweredIsItsAnswer() throws Exception {
        try (Worker worker = start("asks-once", (request, parts) -> {
            throw new AssertionError("thrown on purpose");
        })) {
            assertThat(notes.poll(SECONDS, TimeUnit.SECONDS))
                    .as("what process %s notes", worker.pid())
                    .isNotNull();
        }
    }

    @Test
    void theEndOfAProcessIsHeardAlthoughItsFolderCannotBeClearedAway() throws Exception {
        String name = "d".repeat(250);
        Path deep = Path.of(name, Collections.nCopies(11, name).toArray(String[]::new));
        try (Worker worker = start("hears-nothing", WorkerTest::nothing)) {
            Path own;
            try (Stream<Path> found = Files.list(folder)) {
                own = found.findFirst().orElseThrow();
            }
            Files.createDirectories(own.resolve("one").resolve(deep));
            Files.createDirectories(own.resolve("two").resolve(deep));
            // A path that is longer than the system takes.
            Path moved = own.resolve("one").resolve(deep).resolve("two");
            Files.move(own.resolve("two"), moved);
            try {
                worker.kill("enough");

                assertThat(ended.get(SECONDS, TimeUnit.SECONDS).reason()).isEqualTo("enough");
            } finally {
                Files.move(moved, own.resolve("two"));
            }
        }
    }

    @Test
    void anAnswerOfTooManyValuesIsNotRead() throws Exception {
        try (Worker worker = start("answers-much", WorkerTest::nothing)) {
            assertThatThrownBy(() -> worker.call(JsonObject.EMPTY, WorkerTest::nothing))
                    .isInstanceOfSatisfying(
                            AgentOsException.class,
                            e -> assertThat(e.errorCode()).isEqualTo(WorkerErrorCode.CRASHED));
        }
    }

    @Test
    void aCallOfTooManyValuesIsRefused() throws Exception {
        try (Worker worker = start("hears-nothing", WorkerTest::nothing)) {
            JsonObject request = JsonObject.of("all", Collections.nCopies(Channel.MOST_VALUES, 0));

            assertThatThrownBy(() -> worker.call(request, WorkerTest::nothing))
                    .isInstanceOfSatisfying(
                            AgentOsException.class,
                            e -> assertThat(e.errorCode()).isEqualTo(WorkerErrorCode.MESSAGE_TOO_LONG));
        }
    }
}
