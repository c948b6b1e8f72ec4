package dev.agentos.execution.internal;

import dev.agentos.graph.Interrupt;
import dev.agentos.graph.PendingWrite;
import dev.agentos.kernel.Failure;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How a superstep ends. */
sealed interface End {

    /** Every task has written, or was given up with a node around it. */
    record Finished(List<PendingWrite> writes) implements End {}

    /**
     * Some tasks wait for answers; the others have written.
     *
     * @param until when the time of a node that contains one of them is over
     */
    record Waiting(List<Interrupt> interrupts, Map<String, List<String>> byTask, Optional<Instant> until)
            implements End {}

    /** A task failed for good. */
    record Failed(Failure failure) implements End {}

    /** It was cut short. */
    record Stopped() implements End {}
}
