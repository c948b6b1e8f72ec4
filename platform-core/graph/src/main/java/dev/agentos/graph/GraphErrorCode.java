package dev.agentos.graph;

import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;

/** Failures of graphs and their executions. */
public enum GraphErrorCode implements ErrorCode {
    INVALID_GRAPH(ErrorType.USER, false),
    UNKNOWN_GRAPH(ErrorType.USER, false),
    UNKNOWN_EXECUTION(ErrorType.USER, false),
    UNKNOWN_CHECKPOINT(ErrorType.USER, false),
    UNKNOWN_SESSION(ErrorType.USER, false),
    SESSION_BUSY(ErrorType.USER, true),
    SESSION_CONFLICT(ErrorType.USER, false),
    MIGRATION_CONFLICT(ErrorType.USER, false),
    NO_MESSAGES(ErrorType.USER, false),
    INVALID_INPUT(ErrorType.USER, false),
    INVALID_COMMAND(ErrorType.USER, false),
    NOT_WAITING(ErrorType.USER, false),
    NOT_FAILED(ErrorType.USER, false),
    NOT_ENDED(ErrorType.USER, false),
    ALREADY_FINISHED(ErrorType.USER, false),
    EXPRESSION_FAILED(ErrorType.USER, false),
    INVALID_WRITE(ErrorType.USER, false),
    NO_EDGE_TAKEN(ErrorType.USER, false),
    INVALID_GOTO(ErrorType.USER, false),
    INVALID_DISPATCH(ErrorType.USER, false),
    INVALID_WAIT(ErrorType.USER, false),
    GATE_CLOSED(ErrorType.USER, false),
    RESULT_TOO_LARGE(ErrorType.RESOURCES, false),
    STEP_LIMIT(ErrorType.RESOURCES, false),
    TOO_MANY_TASKS(ErrorType.RESOURCES, false),
    NODE_TIMEOUT(ErrorType.RESOURCES, true),
    EXECUTION_TIMEOUT(ErrorType.RESOURCES, false),
    CANCELLED(ErrorType.USER, false),
    INTERRUPTED(ErrorType.USER, false),
    ROLLED_BACK(ErrorType.USER, false),
    NODE_TYPE_MISSING(ErrorType.DENIED, true),
    REDUCER_MISSING(ErrorType.DENIED, true),
    REDUCER_FAILED(ErrorType.EXTERNAL, false),
    CRASHED_TOO_OFTEN(ErrorType.INTERNAL, false),
    UNREADABLE(ErrorType.INTERNAL, false),
    NODE_FAILED(ErrorType.INTERNAL, false);

    private final ErrorType type;
    private final boolean retriable;

    GraphErrorCode(ErrorType type, boolean retriable) {
        this.type = type;
        this.retriable = retriable;
    }

    @Override
    public String origin() {
        return "graph";
    }

    @Override
    public ErrorType type() {
        return type;
    }

    @Override
    public boolean retriable() {
        return retriable;
    }
}
