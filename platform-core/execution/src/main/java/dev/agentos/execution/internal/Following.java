package dev.agentos.execution.internal;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/** Waits for what happens in an execution: a signal is fast, the poll is what may be relied on. */
public final class Following {

    private static final long POLL_MILLIS = 500;

    private final ExecutionStore store;
    private final Signals signals;
    private final InstantSource clock;

    /** Follows executions of that store. */
    public Following(ExecutionStore store, Signals signals, InstantSource clock) {
        this.store = store;
        this.signals = signals;
        this.clock = clock;
    }

    /** Waits on a virtual thread, which is interrupted when the future is cancelled. */
    public static <T> CompletableFuture<T> async(Callable<T> wait) {
        CompletableFuture<T> future = new CompletableFuture<>();
        Thread thread = Thread.ofVirtual().name("follower").unstarted(() -> {
            try {
                future.complete(wait.call());
            } catch (InterruptedException e) {
                future.cancel(false);
            } catch (Exception e) {
                future.completeExceptionally(e);
            }
        });
        future.whenComplete((result, thrown) -> {
            if (future.isCancelled()) {
                thread.interrupt();
            }
        });
        thread.start();
        return future;
    }

    /** Events after that number; none when time is up or the execution has ended. */
    public List<ExecutionEvent> events(TenantId tenant, ExecutionId id, long after, int most, Duration longest)
            throws InterruptedException {
        List<ExecutionEvent> there = events(tenant, id, after, most);
        if (!there.isEmpty()) {
            return there;
        }
        boolean ended = remembered(tenant, id).state().terminal();
        return ended
                ? events(tenant, id, after, most)
                : until(
                                id,
                                longest,
                                true,
                                trusted -> Optional.of(
                                                trusted
                                                        ? events(tenant, id, after, most)
                                                        : store.events(tenant, id, after, most))
                                        .filter(events -> !events.isEmpty()))
                        .orElse(List.of());
    }

    /** What this server remembers, or else what the store says. */
    public List<ExecutionEvent> events(TenantId tenant, ExecutionId id, long after, int most) {
        return signals.events(tenant, id, after, most).orElseGet(() -> store.events(tenant, id, after, most));
    }

    /** The execution once it has ended or waits, or when time is up. */
    public Execution rest(TenantId tenant, ExecutionId id, Duration longest) throws InterruptedException {
        Optional<Execution> rested = until(
                id,
                longest,
                false,
                trusted -> Optional.of(trusted ? remembered(tenant, id) : require(tenant, id))
                        .filter(one -> one.state().terminal() || one.state() == ExecutionState.WAITING));
        return rested.isPresent() ? rested.get() : require(tenant, id);
    }

    /** Looks at each signal, when this server's memory is trusted, and at each poll, when only the store is. */
    private <T> Optional<T> until(ExecutionId id, Duration longest, boolean steps, Look<T> look)
            throws InterruptedException {
        boolean trusted = true;
        Instant end = clock.instant().plus(longest);
        try (Signals.Watch watch = signals.watch(id, steps)) {
            while (true) {
                Optional<T> found = look.look(trusted);
                Duration left = Duration.between(clock.instant(), end);
                if (found.isPresent() || left.isNegative() || left.isZero()) {
                    return found;
                }
                // A different wait for each keeps many followers from asking in step.
                Duration poll =
                        Duration.ofMillis(POLL_MILLIS + Math.floorMod(System.identityHashCode(watch), POLL_MILLIS));
                trusted = watch.await(left.compareTo(poll) < 0 ? left : poll);
            }
        }
    }

    @FunctionalInterface
    private interface Look<T> {
        Optional<T> look(boolean trusted);
    }

    private Execution remembered(TenantId tenant, ExecutionId id) {
        return signals.execution(tenant, id).orElseGet(() -> require(tenant, id));
    }

    private Execution require(TenantId tenant, ExecutionId id) {
        return store.find(tenant, id)
                .orElseThrow(() -> new AgentOsException(
                        GraphErrorCode.UNKNOWN_EXECUTION, "There is no execution " + id + ".", "List the executions."));
    }
}
