package dev.agentos.execution.internal;

import dev.agentos.execution.Lease;
import dev.agentos.execution.LeaseLostException;
import dev.agentos.spi.AgentOsException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Repeats what an execution needs from the store for as long as the store may only be away. */
record Patience(EngineContext context, Lease lease, Supplier<Stop> stop) {

    private static final Logger LOG = LoggerFactory.getLogger(Patience.class);
    private static final int MOST_UNEXPECTED = 10;

    static Patience of(EngineContext context, Lease lease, Supplier<Stop> stop) {
        return new Patience(context, lease, stop);
    }

    /**
     * Calls until it succeeds.
     *
     * @throws StoppedException if the server lets go meanwhile
     * @throws RuntimeException what the call throws, when trying again does not help
     */
    <T> T until(String what, Supplier<T> call) {
        for (int tries = 1; ; tries++) {
            try {
                return call.get();
            } catch (LeaseLostException e) {
                throw e;
            } catch (AgentOsException e) {
                if (!e.errorCode().retriable()) {
                    throw e;
                }
                pause(what, tries, e);
            } catch (RuntimeException e) {
                if (tries >= MOST_UNEXPECTED) {
                    throw e;
                }
                pause(what, tries, e);
            }
        }
    }

    private void pause(String what, int tries, RuntimeException cause) {
        LOG.warn("Execution {}: cannot {}, try {}: {}", lease.execution(), what, tries, cause.toString());
        if (stop.get() == Stop.LET_GO || stop.get() == Stop.HAND_BACK) {
            throw new StoppedException("The server lets go while the store does not answer");
        }
        try {
            Thread.sleep(5 + context.jitter(Math.min(2_000, 20 * Math.pow(2, tries))));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoppedException("The server lets go");
        }
    }
}
