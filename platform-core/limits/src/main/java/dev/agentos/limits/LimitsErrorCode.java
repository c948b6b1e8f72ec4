package dev.agentos.limits;

import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;

/** Failures of budgets, prices and rates. */
public enum LimitsErrorCode implements ErrorCode {
    BUDGET_CHANGED(ErrorType.USER, false),
    BUDGET_EXCEEDED(ErrorType.DENIED, false),
    INVALID_BUDGET(ErrorType.USER, false),
    INVALID_PRICE(ErrorType.USER, false),
    INVALID_RATE_LIMIT(ErrorType.USER, false),
    RATE_LIMITED(ErrorType.RESOURCES, true),
    SET_BY_PLATFORM(ErrorType.DENIED, false),
    TOO_MANY_BUDGETS(ErrorType.USER, false),
    UNKNOWN_BUDGET(ErrorType.USER, false),
    UNKNOWN_PRICE(ErrorType.DENIED, false),
    UNKNOWN_RATE_LIMIT(ErrorType.USER, false);

    private final ErrorType type;
    private final boolean retriable;

    LimitsErrorCode(ErrorType type, boolean retriable) {
        this.type = type;
        this.retriable = retriable;
    }

    @Override
    public String origin() {
        return "limits";
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
