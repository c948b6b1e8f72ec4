package dev.agentos.execution.internal;

/** The server lets go of an execution without a last word to the store; another claim goes on with it. */
final class StoppedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    StoppedException(String message) {
        super(message);
    }
}
