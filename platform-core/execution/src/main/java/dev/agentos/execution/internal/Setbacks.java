package dev.agentos.execution.internal;

import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.LeaseLostException;
import dev.agentos.graph.ExecutionId;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts off what this server has claimed and cannot begin, through no fault of the execution: each time for longer, and
 * no server is taken for lost with it.
 */
public final class Setbacks {

    private static final Logger LOG = LoggerFactory.getLogger(Setbacks.class);
    private static final long FIRST_MILLIS = 1_000;
    private static final long LONGEST_MILLIS = Duration.ofMinutes(5).toMillis();
    private static final int MOST_KNOWN = 10_000;

    private final EngineContext context;
    private final Map<ExecutionId, Integer> times = new ConcurrentHashMap<>();

    /** Nothing was put off yet. */
    public Setbacks(EngineContext context) {
        this.context = context;
    }

    /** Puts off what was claimed; while the database is away, that is tried again. */
    public void putOff(ExecutionStore.Claim claim, RuntimeException why) {
        ExecutionId id = claim.lease().execution();
        int before = times.getOrDefault(id, 0);
        if (before > 0 || times.size() < MOST_KNOWN) {
            times.put(id, before + 1);
        }
        Duration delay = delay(before);
        LOG.warn("Execution {} cannot be carried on here and is put off for {}", id, delay, why);
        Failure failure = why instanceof AgentOsException known
                ? Failure.of(known)
                : Failure.of(
                        KernelErrorCode.INTERNAL,
                        "The server cannot carry it on now (" + why.getClass().getSimpleName() + ").",
                        "Look for the cause in the server's log; the execution goes on by itself.");
        ExecutionEvent.Draft event = new ExecutionEvent.Draft(
                ExecutionEvent.DELAYED,
                claim.execution().progress().step(),
                Optional.empty(),
                JsonObject.of("delay", delay.toString(), "failure", failure.toJson()));
        try {
            Patience.of(context, claim.lease(), () -> Stop.NONE).until("put it off", () -> {
                context.store().putOff(claim.lease(), delay, event);
                return true;
            });
            context.signals().changed(claim.lease().tenant(), id);
        } catch (LeaseLostException | StoppedException e) {
            LOG.info("Execution {}: {}", id, e.getMessage());
        }
    }

    /** The execution goes on. */
    public void forget(ExecutionId id) {
        times.remove(id);
    }

    /** Spread, so that what was put off together does not come back together. */
    private Duration delay(int before) {
        double longest = Math.min(LONGEST_MILLIS, FIRST_MILLIS * Math.pow(2, before));
        return Duration.ofMillis((long) (longest - context.jitter(longest / 4)));
    }
}
