package dev.agentos.graph.internal;

import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionEvent;
import dev.agentos.graph.ExecutionEvent.Draft;
import dev.agentos.graph.ExecutionStore;
import dev.agentos.graph.Lease;
import dev.agentos.graph.LeaseLostException;
import dev.agentos.graph.PendingWrite;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only writer of one claimed execution, used by one thread. Events that can wait are buffered, and go before
 * whatever is written next, so that their order is that in which they happened.
 *
 * <p>A write that fails is repeated. Whether a write that failed was committed after all is told by the log itself: the
 * first event of a claim carries its attempt, so that the events behind it can be counted against those that were
 * acknowledged. A write that keeps failing while the lease can be prolonged is one that the store will never take.
 */
final class Journal {

    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);
    private static final Duration FLUSH = Duration.ofMillis(30);
    private static final int FULL = 256;
    private static final int TRIES_BEFORE_PROBE = 10;
    private static final int PAGE = 1_000;

    private final EngineContext context;
    private final Lease lease;
    private final int attempt;
    private final Supplier<Stop> stop;
    private final List<Draft> buffer = new ArrayList<>();
    private Instant oldest = Instant.MAX;
    private long acknowledged;
    private boolean refused;

    /** The journal of a claim, which begins with that event. */
    Journal(EngineContext context, Lease lease, int attempt, int step, Supplier<Stop> stop) {
        this.context = context;
        this.lease = lease;
        this.attempt = attempt;
        this.stop = stop;
        JsonObject data = new JsonObject(Map.of("attempt", JsonNumber.of(attempt)));
        add(new Draft(marker(), step, Optional.empty(), data));
    }

    private String marker() {
        return attempt == 1 ? ExecutionEvent.STARTED : ExecutionEvent.RESUMED;
    }

    /** Buffers an event. */
    void add(Draft event) {
        if (buffer.isEmpty()) {
            oldest = context.clock().instant();
        }
        buffer.add(event);
    }

    /** When the buffer is to be written at the latest. */
    Instant due() {
        return buffer.isEmpty() ? Instant.MAX : oldest.plus(FLUSH);
    }

    /** Writes the buffer if it is full or has waited long enough. */
    void flushIfDue() {
        if (buffer.size() >= FULL || !due().isAfter(context.clock().instant())) {
            flush();
        }
    }

    /** Writes the buffer. */
    void flush() {
        if (!buffer.isEmpty()) {
            write("appendEvents", events -> context.store().appendEvents(lease, events));
        }
    }

    void savePending(PendingWrite pending) {
        write("savePending", events -> context.store().savePending(lease, List.of(pending), events));
    }

    void checkpoint(Planner.Step step) {
        write("checkpoint", events -> context.store().checkpoint(lease, step.checkpoint(), step.changed(), events));
    }

    void suspend(Planner.Step step) {
        write("suspend", events -> context.store().suspend(lease, step.checkpoint(), step.changed(), events));
    }

    void finish(ExecutionStore.Outcome outcome) {
        write("finish", events -> context.store().finish(lease, outcome, events));
    }

    void handBack() {
        flush();
        persistently("handBack", () -> {
            context.store().handBack(lease);
            return true;
        });
    }

    ExecutionStore.Resumption load() {
        return persistently("load", () -> context.store().load(lease));
    }

    /** Looks something up, however often it takes. */
    <T> T find(Supplier<T> lookup) {
        return persistently("find the graph", lookup);
    }

    /** Drops what is buffered if the store refused it, so that the execution can end at all. */
    void forgetWhatWasRefused() {
        if (refused) {
            buffer.removeIf(event -> !event.type().equals(marker()));
        }
    }

    private void write(String what, Consumer<List<Draft>> write) {
        List<Draft> events = List.copyOf(buffer);
        boolean[] failed = {false};
        String place = Character.toUpperCase(what.charAt(0)) + what.substring(1);
        context.failpoints().reach("before" + place);
        persistently(what, () -> {
            if (failed[0] && committed(events.size())) {
                return true;
            }
            failed[0] = true;
            write.accept(events);
            return true;
        });
        context.failpoints().reach("after" + place);
        acknowledged += events.size();
        buffer.clear();
        oldest = Instant.MAX;
        context.signals().changed(lease.execution());
    }

    /** Whether the log already holds that many events beyond those that were acknowledged. */
    private boolean committed(int size) {
        OptionalLong first = OptionalLong.empty();
        long last = 0;
        List<ExecutionEvent> page;
        do {
            page = context.store().events(lease.tenant(), lease.execution(), last, PAGE);
            for (ExecutionEvent event : page) {
                last = event.sequence();
                boolean mine = event.draft().type().equals(marker())
                        && event.draft()
                                .data()
                                .number("attempt")
                                .filter(JsonNumber.of(attempt)::equals)
                                .isPresent();
                if (mine && first.isEmpty()) {
                    first = OptionalLong.of(last);
                }
            }
        } while (page.size() == PAGE);
        return size > 0 && first.isPresent() && last - first.getAsLong() + 1 == acknowledged + size;
    }

    private <T> T persistently(String what, Supplier<T> call) {
        for (int tries = 1; ; tries++) {
            try {
                return call.get();
            } catch (LeaseLostException e) {
                throw e;
            } catch (AgentOsException e) {
                if (!e.errorCode().retriable()) {
                    refused = true;
                    throw e;
                }
                pause(what, tries, e);
            } catch (RuntimeException e) {
                if (tries >= TRIES_BEFORE_PROBE && leaseHolds()) {
                    refused = true;
                    LOG.error("Execution {}: {} failed {} times", lease.execution(), what, tries, e);
                    throw new AgentOsException(
                            KernelErrorCode.INTERNAL,
                            "The store refused to " + what + " (" + e.getClass().getSimpleName() + ").",
                            "Look for the cause in the server's log.",
                            e);
                }
                pause(what, tries, e);
            }
        }
    }

    private boolean leaseHolds() {
        try {
            List<ExecutionStore.Renewal> renewals =
                    context.store().renew(List.of(lease), context.config().lease());
            if (renewals.stream().anyMatch(ExecutionStore.Renewal::lost)) {
                throw new LeaseLostException(lease);
            }
            return true;
        } catch (LeaseLostException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.debug("Execution {}: the store does not answer at all", lease.execution(), e);
            return false;
        }
    }

    private void pause(String what, int tries, RuntimeException cause) {
        LOG.warn("Execution {}: {} failed, try {}: {}", lease.execution(), what, tries, cause.toString());
        if (stop.get() == Stop.LET_GO || (stop.get() == Stop.HAND_BACK && tries > TRIES_BEFORE_PROBE)) {
            throw new StoppedException("The server lets go while the store does not answer");
        }
        try {
            Thread.sleep(5 + context.jitter(Math.min(2_000, 20 * Math.pow(2, tries))));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoppedException("The server lets go");
        }
    }

    static Draft failed(String type, int step, Optional<String> node, Failure failure) {
        return new Draft(type, step, node, JsonObject.of("failure", failure.toJson()));
    }

    static Draft checkpointed(Planner.Step step) {
        Checkpoint checkpoint = step.checkpoint();
        return new Draft(
                ExecutionEvent.CHECKPOINT,
                checkpoint.number(),
                Optional.empty(),
                JsonObject.of(
                        "number",
                        checkpoint.number(),
                        "changed",
                        step.changed(),
                        "next",
                        checkpoint.next().stream().map(task -> task.node()).toList()));
    }
}
