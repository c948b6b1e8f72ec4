package dev.agentos.verifier;

import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;

/** Failures of the verifier itself; what is wrong with a JAR is a {@link Finding}. */
public enum VerifierErrorCode implements ErrorCode {
    /** The file, or the space for temporary files, cannot be read or written. */
    FILE_UNREADABLE(ErrorType.RESOURCES, true),
    /** A publisher's key is not there, cannot be opened, or cannot be made. */
    KEY_UNUSABLE(ErrorType.USER, false);

    private final ErrorType type;
    private final boolean retriable;

    VerifierErrorCode(ErrorType type, boolean retriable) {
        this.type = type;
        this.retriable = retriable;
    }

    @Override
    public String origin() {
        return "verifier";
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
