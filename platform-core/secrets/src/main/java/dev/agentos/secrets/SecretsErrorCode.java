package dev.agentos.secrets;

import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;

/** Failures of the keys for secrets. */
public enum SecretsErrorCode implements ErrorCode {
    KEY_FILE_READABLE(ErrorType.RESOURCES),
    KEY_FILE_UNUSABLE(ErrorType.RESOURCES),
    KEY_IN_SETTING(ErrorType.USER),
    KEY_IN_USE(ErrorType.USER),
    KEY_MISSING(ErrorType.RESOURCES),
    KEY_NOT_EVERYWHERE(ErrorType.USER),
    TWO_SOURCES(ErrorType.RESOURCES);

    private final ErrorType type;

    SecretsErrorCode(ErrorType type) {
        this.type = type;
    }

    @Override
    public String origin() {
        return "secrets";
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
