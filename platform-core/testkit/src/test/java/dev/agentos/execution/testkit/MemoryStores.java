package dev.agentos.execution.testkit;

import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.memory.MemoryExecutionStore;
import dev.agentos.graph.GraphReference;
import dev.agentos.kernel.Ids;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/** Stores in memory, whose clock goes on by a microsecond with each look at it, and as told. */
final class MemoryStores implements Stores {

    private static final long MICROSECOND = 1_000;

    private final Ids ids = Ids.system();
    private final Instant begun = Instant.now();
    private final AtomicLong looks = new AtomicLong();
    private volatile Duration ahead = Duration.ZERO;

    @Override
    public ExecutionStore empty() {
        return new MemoryExecutionStore(this::now);
    }

    @Override
    public TenantId newTenant() {
        return new TenantId(ids.next("tnt"));
    }

    @Override
    public GraphReference graphOf(TenantId owner) {
        return new GraphReference("gra_1", 1);
    }

    @Override
    public Instant now() {
        return begun.plus(ahead).plusNanos(MICROSECOND * looks.incrementAndGet());
    }

    @Override
    public void pass(Duration time) {
        ahead = ahead.plus(time);
    }
}
