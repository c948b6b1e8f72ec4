package dev.agentos.spi;

import org.jspecify.annotations.Nullable;

/**
 * A failure with a code, a sentence that says what happened and a sentence that says what to do. The only exception
 * whose message reaches a client; anything else becomes {@code INTERNAL} without detail.
 */
public class AgentOsException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient ErrorCode errorCode;
    private final String action;

    /**
     * A failure.
     *
     * @param errorCode its stable name
     * @param message what was wrong and where, one sentence
     * @param action what the reader can do about it, one sentence
     */
    public AgentOsException(ErrorCode errorCode, String message, String action) {
        this(errorCode, message, action, null);
    }

    /** A failure with the exception that caused it; the cause is logged and never shown to a client. */
    public AgentOsException(ErrorCode errorCode, String message, String action, @Nullable Throwable cause) {
        super(message, cause);
        this.errorCode = errorCode;
        this.action = action;
    }

    /** The stable name of this failure. */
    public ErrorCode errorCode() {
        return errorCode;
    }

    /** What the reader can do about it. */
    public String action() {
        return action;
    }
}
