package dev.agentos.persistence.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionStore.Entry;
import dev.agentos.execution.ExecutionStore.Move;
import dev.agentos.execution.Lease;
import dev.agentos.graph.ExecutionId;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ExecutionLogTest {

    private static final int MANY = 12;

    /** A database that is away must not let the memory fill up with a few large entries. */
    @Test
    void letsNobodyAppendWhileLargeEntriesWait() throws InterruptedException {
        CountDownLatch opened = new CountDownLatch(1);
        AtomicInteger stored = new AtomicInteger();
        try (GroupCommit<ExecutionLog.Append> commits = new GroupCommit<>("held", rows -> {
            awaitQuietly(opened);
            rows.forEach(row -> {
                stored.addAndGet(row.events());
                row.stored(Instant.EPOCH);
            });
            return 0;
        })) {
            ExecutionLog log = new ExecutionLog(
                    commits,
                    told -> {},
                    new Lease(new TenantId("tnt_1"), new ExecutionId("exe_1"), "a", 1),
                    new ExecutionLog.Position(1, 1, 1, 0, 0, 0),
                    Optional.empty());
            AtomicInteger appended = new AtomicInteger();
            Entry large = new Entry(
                    List.of(new ExecutionEvent.Draft(
                            ExecutionEvent.CUSTOM, 0, Optional.empty(), JsonObject.of("x", "x".repeat(5 << 20)))),
                    List.of(),
                    Optional.empty(),
                    Map.of(),
                    Move.STAY);
            Thread appender = Thread.ofPlatform().start(() -> {
                for (int i = 0; i < MANY; i++) {
                    log.append(large);
                    appended.incrementAndGet();
                }
            });
            await().until(() ->
                    appender.getState() == Thread.State.WAITING || appender.getState() == Thread.State.TERMINATED);
            assertThat(appended).hasValueLessThan(MANY);
            opened.countDown();
            appender.join();
            log.settle();
            assertThat(stored).hasValue(MANY);
        } finally {
            opened.countDown();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
