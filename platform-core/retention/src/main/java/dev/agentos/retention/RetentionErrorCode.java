package dev.agentos.retention;

import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;

/** Failures of exports and erasures. */
public enum RetentionErrorCode implements ErrorCode {
    EXPORT_EXISTS(ErrorType.USER),
    UNKNOWN_ERASURE(ErrorType.USER),
    UNKNOWN_EXPORT(ErrorType.USER),
    UNKNOWN_PRINCIPAL(ErrorType.USER),
    UNKNOWN_RULE(ErrorType.USER);

    private final ErrorType type;

    RetentionErrorCode(ErrorType type) {
        this.type = type;
    }

    @Override
    public String origin() {
        return "retention";
    }

    @Override
    public ErrorType type() {
        return type;
    }

    @Override
    public boolean retriable() {
        return false;
    }
}
