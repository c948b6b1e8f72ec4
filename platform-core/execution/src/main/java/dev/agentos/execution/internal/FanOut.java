package dev.agentos.execution.internal;

import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Onward;
import dev.agentos.graph.PendingWrite;
import dev.agentos.graph.Planner;
import dev.agentos.kernel.Failure;
import java.util.List;

/**
 * How many tasks the tasks of a superstep dispatch together, and how much they write together. It is counted as they
 * end, for all of that is in memory before the next superstep is planned.
 */
final class FanOut {

    /** What reducers merge may be more than what comes of it, which an entry of the log must hold. */
    private static final long LARGEST_TOGETHER = 64L << 20;

    private int dispatched;
    private long bytes;

    /** Forgets what was given up: only those writes are left. */
    void left(List<PendingWrite> writes) throws TaskFailedException {
        dispatched = 0;
        bytes = 0;
        for (PendingWrite write : writes) {
            counting(write);
        }
    }

    /** Takes what a task produced; fails when the next superstep would have too many tasks, or too much to merge. */
    PendingWrite counting(PendingWrite write) throws TaskFailedException {
        if (Onward.of(write.detail()).orElse(null) instanceof Onward.Dispatch dispatch) {
            dispatched += dispatch.items().size();
            if (dispatched > Planner.MOST_TASKS) {
                throw new TaskFailedException(Failure.of(Planner.tooManyTasks()));
            }
        }
        bytes += Sizes.of(write.writes());
        if (bytes > LARGEST_TOGETHER) {
            throw new TaskFailedException(Failure.of(
                    GraphErrorCode.RESULT_TOO_LARGE,
                    "The results of one superstep take about " + bytes + " bytes together, more than "
                            + LARGEST_TOGETHER + "; the last of them was that of node '" + write.node() + "'.",
                    "Keep large results in files, and their names in the state, or dispatch fewer items at once."));
        }
        return write;
    }
}
