package dev.agentos.execution.internal;

import dev.agentos.graph.Interrupt;
import dev.agentos.graph.PendingWrite;
import dev.agentos.kernel.Failure;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

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
            implements End {

        /** When to go on although nobody has answered; at the deadline at the latest. */
        Optional<Instant> due(Optional<Instant> deadline, Instant now) {
            return Stream.of(
                            interrupts.stream().flatMap(one -> one.due().stream()),
                            deadline.stream(),
                            until.stream(),
                            Questions.Missing.look(interrupts, now).stream())
                    .flatMap(times -> times)
                    .min(Instant::compareTo);
        }
    }

    /** A task failed for good. */
    record Failed(Failure failure) implements End {}

    /** It was cut short. */
    record Stopped() implements End {}
}
