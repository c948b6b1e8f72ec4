package dev.agentos.audit;

import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;

/** Failures of keeping records. */
public enum AuditErrorCode implements ErrorCode {
    NOT_RECORDED(ErrorType.RESOURCES);

    private final ErrorType type;

    AuditErrorCode(ErrorType type) {
        this.type = type;
    }

    @Override
    public String origin() {
        return "audit";
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
