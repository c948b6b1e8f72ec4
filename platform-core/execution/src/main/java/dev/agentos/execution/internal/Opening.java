package dev.agentos.execution.internal;

import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.LeaseLostException;
import dev.agentos.kernel.Failure;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What came of opening the log of a claimed execution.
 *
 * @param running what it goes on with
 * @param failure why it cannot be carried on, if it cannot
 */
record Opening(Optional<ExecutionStore.Running> running, Optional<Failure> failure) {

    private static final Logger LOG = LoggerFactory.getLogger(Opening.class);

    /** Opens it; an execution that ends its servers, or that cannot be read, is parked instead. */
    static Opening of(EngineContext context, ExecutionStore.Claim claim, int step, Patience patience) {
        Opening opening = tried(context, claim, step, patience);
        opening.failure().ifPresent(failure -> {
            Journal.park(context, patience, claim.lease(), step, failure);
            context.signals().changed(claim.lease().tenant(), claim.lease().execution());
        });
        return opening;
    }

    private static Opening tried(EngineContext context, ExecutionStore.Claim claim, int step, Patience patience) {
        if (claim.crashes() >= context.config().mostCrashes()) {
            return failed(Commands.crashedTooOften(claim.crashes(), step));
        }
        try {
            return new Opening(
                    Optional.of(
                            patience.until("open the log", () -> context.store().open(claim))),
                    Optional.empty());
        } catch (LeaseLostException | StoppedException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.error("Execution {} cannot be read", claim.lease().execution(), e);
            return failed(Commands.unreadable(e));
        }
    }

    private static Opening failed(Failure failure) {
        return new Opening(Optional.empty(), Optional.of(failure));
    }
}
