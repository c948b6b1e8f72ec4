package dev.agentos.kernel;

import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;

/** Failures that any part of the server can meet. */
public enum KernelErrorCode implements ErrorCode {
    MALFORMED_JSON(ErrorType.USER, false),
    MALFORMED_YAML(ErrorType.USER, false),
    DOCUMENT_TOO_LARGE(ErrorType.USER, false),
    UNKNOWN_FIELD(ErrorType.USER, false),
    INVALID_FIELD(ErrorType.USER, false),
    INVALID_CURSOR(ErrorType.USER, false),
    NOT_FOUND(ErrorType.USER, false),
    CONFLICT(ErrorType.USER, false),
    PRECONDITION_FAILED(ErrorType.USER, false),
    UNKNOWN_SETTING(ErrorType.USER, false),
    INVALID_SETTING(ErrorType.USER, false),
    DATA_DIRECTORY_UNUSABLE(ErrorType.RESOURCES, false),
    DATA_DIRECTORY_IN_USE(ErrorType.RESOURCES, true),
    SECRET_UNREADABLE(ErrorType.RESOURCES, false),
    DATABASE_UNAVAILABLE(ErrorType.EXTERNAL, true),
    SHUTTING_DOWN(ErrorType.RESOURCES, true),
    DEADLINE_EXCEEDED(ErrorType.RESOURCES, true),
    CANCELLED(ErrorType.USER, false),
    INTERNAL(ErrorType.INTERNAL, false);

    private final ErrorType type;
    private final boolean retriable;

    KernelErrorCode(ErrorType type, boolean retriable) {
        this.type = type;
        this.retriable = retriable;
    }

    @Override
    public String origin() {
        return "server";
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
