package dev.agentos.execution.internal;

import dev.agentos.graph.Onward;
import dev.agentos.graph.PendingWrite;
import dev.agentos.graph.Planner;
import dev.agentos.kernel.Failure;

/**
 * How many tasks the tasks of a superstep dispatch together. It is counted as they end, for their lists are in memory
 * before the next superstep is planned.
 */
final class FanOut {

    private int dispatched;

    /** Takes what a task produced; fails when the next superstep would have too many tasks. */
    PendingWrite counting(PendingWrite write) throws TaskFailedException {
        if (Onward.of(write.detail()).orElse(null) instanceof Onward.Dispatch dispatch) {
            dispatched += dispatch.items().size();
            if (dispatched > Planner.MOST_TASKS) {
                throw new TaskFailedException(Failure.of(Planner.tooManyTasks()));
            }
        }
        return write;
    }
}
