package dev.agentos.webhooks;

import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;

/** Failures of webhooks. */
public enum WebhooksErrorCode implements ErrorCode {
    /** There is nothing to tell yet. */
    NOT_ENDED(ErrorType.USER),
    UNKNOWN_DELIVERY(ErrorType.USER);

    private final ErrorType type;

    WebhooksErrorCode(ErrorType type) {
        this.type = type;
    }

    @Override
    public String origin() {
        return "webhooks";
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
