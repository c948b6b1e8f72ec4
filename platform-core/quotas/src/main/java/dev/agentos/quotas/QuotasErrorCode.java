package dev.agentos.quotas;

import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;

/** Failures of quotas, of limits of how many run at once, and of plans. */
public enum QuotasErrorCode implements ErrorCode {
    INVALID_CONCURRENCY_LIMIT(ErrorType.USER, false),
    INVALID_PLAN(ErrorType.USER, false),
    INVALID_QUOTA(ErrorType.USER, false),
    INVALID_WEIGHT(ErrorType.USER, false),
    NOT_IN_PLAN(ErrorType.DENIED, false),
    PLAN_CHANGED(ErrorType.USER, false),
    PLAN_IN_USE(ErrorType.USER, false),
    QUEUE_FULL(ErrorType.RESOURCES, true),
    QUOTA_CHANGED(ErrorType.USER, false),
    QUOTA_EXCEEDED(ErrorType.RESOURCES, true),
    SET_BY_PLATFORM(ErrorType.DENIED, false),
    TOO_MANY_PLANS(ErrorType.USER, false),
    TOO_MANY_QUOTAS(ErrorType.USER, false),
    UNKNOWN_CONCURRENCY_LIMIT(ErrorType.USER, false),
    UNKNOWN_PLAN(ErrorType.USER, false),
    UNKNOWN_QUOTA(ErrorType.USER, false),
    UNKNOWN_SUBSCRIPTION(ErrorType.USER, false);

    private final ErrorType type;
    private final boolean retriable;

    QuotasErrorCode(ErrorType type, boolean retriable) {
        this.type = type;
        this.retriable = retriable;
    }

    @Override
    public String origin() {
        return "quotas";
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
