package dev.agentos.benchmarks;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import dev.agentos.benchmarks.internal.Durability;
import dev.agentos.benchmarks.internal.Result;
import dev.agentos.benchmarks.internal.Target;
import dev.agentos.execution.ExecutionState;
import dev.agentos.graph.GraphReference;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** What executions hold that have nothing to do: those that wait for an answer, and those that wait for a server. */
final class CrowdBenchmark {

    private static final String NAME = "memory";
    private static final int CLIENTS = 32;
    private static final int COLLECTIONS = 4;
    private static final long SETTLE_MILLIS = 300;
    private static final Target WAITING_BYTES = Target.atMost(2_048);

    /** Rows alone: what is left is the noise of the measurement. */
    private static final Target QUEUED_BYTES = Target.atMost(64);

    private static final Target THREADS = Target.atMost(0.01);

    private final LocalEngine engine;
    private final Scale scale;
    private final Path work;
    private final Consumer<Result> out;

    CrowdBenchmark(LocalEngine engine, Scale scale, Path work, Consumer<Result> out) {
        this.engine = engine;
        this.scale = scale;
        this.work = work;
        this.out = out;
    }

    /** What this process holds. */
    private record Held(long bytes, long threads) {}

    void run() {
        var question = engine.save(Workload.question());
        waiting(question, Math.max(1, scale.memory().waiting() / 10));
        var before = held();
        waiting(question, scale.memory().waiting());
        report("waiting", scale.memory().waiting(), before, held(), WAITING_BYTES);
        queued();
    }

    private void waiting(GraphReference question, int count) {
        var input = Workload.input(Workload.STATE_BYTES);
        share(count, () -> engine.await(engine.start(question, input, Durability.BARRIER), ExecutionState.WAITING));
    }

    /** Fills every place of the engine with an execution that does not end, and queues others behind them. */
    private void queued() {
        var full = new CountDownLatch(engine.concurrent());
        var release = new CountDownLatch(1);
        engine.offer(Workload.BLOCK, new StubNode(Effect.PURE, false, call -> {
            full.countDown();
            release.await();
            return JsonObject.EMPTY;
        }));
        var block = engine.save(Workload.block());
        var line = engine.save(Workload.line());
        var input = Workload.input(Workload.STATE_BYTES);
        share(engine.concurrent(), () -> engine.start(block, input, Durability.BARRIER));
        try {
            full.await();
            share(Math.max(1, scale.memory().queued() / 10), () -> engine.start(line, input, Durability.BARRIER));
            var before = held();
            share(scale.memory().queued(), () -> engine.start(line, input, Durability.BARRIER));
            report("queued", scale.memory().queued(), before, held(), QUEUED_BYTES);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } finally {
            release.countDown();
        }
    }

    private void report(String name, int count, Held before, Held after, Target bytes) {
        out.accept(Result.of(NAME, name + "-heap", "B each", (double) (after.bytes - before.bytes) / count)
                .reaching(bytes)
                .noting(count + " executions"));
        out.accept(Result.of(NAME, name + "-threads", "each", (double) (after.threads - before.threads) / count)
                .reaching(THREADS)
                .noting(after.threads + " in all, virtual ones included"));
    }

    /** Does something so many times, some at a time, and keeps nothing of it. */
    private static void share(int count, Runnable task) {
        var left = new AtomicInteger(count);
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            var all = IntStream.range(0, CLIENTS)
                    .mapToObj(client -> CompletableFuture.runAsync(
                            () -> {
                                while (left.getAndDecrement() > 0) {
                                    task.run();
                                }
                            },
                            clients))
                    .toArray(CompletableFuture<?>[]::new);
            CompletableFuture.allOf(all).join();
        }
    }

    private Held held() {
        var bytes = Long.MAX_VALUE;
        for (var i = 0; i < COLLECTIONS; i++) {
            System.gc();
            try {
                Thread.sleep(SETTLE_MILLIS);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            bytes = Math.min(
                    bytes,
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
        return new Held(bytes, threads());
    }

    /** Counts the threads of a dump, because no other list holds the virtual ones. */
    private long threads() {
        var file = work.resolve("threads.json");
        try {
            Files.deleteIfExists(file);
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                    .dumpThreads(file.toString(), ThreadDumpFormat.JSON);
            try (var lines = Files.lines(file)) {
                return lines.filter(line -> line.contains("\"tid\":")).count();
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
