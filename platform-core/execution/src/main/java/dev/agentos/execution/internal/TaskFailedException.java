package dev.agentos.execution.internal;

import dev.agentos.kernel.Failure;

/** A task failed for good, and the superstep with it. */
final class TaskFailedException extends Exception {

    private static final long serialVersionUID = 1L;

    final transient Failure failure;

    TaskFailedException(Failure failure) {
        super(failure.message());
        this.failure = failure;
    }
}
