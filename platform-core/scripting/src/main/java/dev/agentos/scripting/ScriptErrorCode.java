package dev.agentos.scripting;

import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;

/** Failures of scripts. */
public enum ScriptErrorCode implements ErrorCode {
    SYNTAX_ERROR(ErrorType.USER, false),
    FAILED(ErrorType.USER, false),
    INVALID_RESULT(ErrorType.USER, false),
    NEVER_SETTLED(ErrorType.USER, false),
    FORBIDDEN(ErrorType.DENIED, false),
    TIME_EXCEEDED(ErrorType.RESOURCES, false),
    MEMORY_EXCEEDED(ErrorType.RESOURCES, false),
    STACK_EXCEEDED(ErrorType.RESOURCES, false),
    OUTPUT_TOO_LARGE(ErrorType.RESOURCES, false),
    TOO_MANY_CALLS(ErrorType.RESOURCES, false),
    BUSY(ErrorType.RESOURCES, true),
    BROKEN(ErrorType.INTERNAL, false);

    private final ErrorType type;
    private final boolean retriable;

    ScriptErrorCode(ErrorType type, boolean retriable) {
        this.type = type;
        this.retriable = retriable;
    }

    @Override
    public String origin() {
        return "script";
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
