package dev.agentos.providerlocal;

import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;

/** Failures of the local provider. */
enum LocalErrorCode implements ErrorCode {
    /** The provider offers no model of that name. */
    UNKNOWN_MODEL(ErrorType.USER),
    /** The request holds nothing to work on. */
    INVALID_REQUEST(ErrorType.USER),
    /** There is no native library for this machine. */
    UNSUPPORTED_PLATFORM(ErrorType.RESOURCES),
    /** The call was cancelled or its deadline passed. */
    CANCELLED(ErrorType.USER),
    /** The model could not be loaded or run. */
    MODEL_FAILED(ErrorType.INTERNAL);

    private final ErrorType type;

    LocalErrorCode(ErrorType type) {
        this.type = type;
    }

    @Override
    public String origin() {
        return "local";
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
