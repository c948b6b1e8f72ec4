package dev.agentos.kernel;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A refusal of which is known when it is worth trying again. */
public class RetryLaterException extends AgentOsException {

    private static final long serialVersionUID = 1L;

    private final Duration after;

    /**
     * A refusal.
     *
     * @param after how long it lasts at least
     */
    public RetryLaterException(ErrorCode errorCode, String message, String action, Duration after) {
        this(errorCode, message, action, after, null);
    }

    private RetryLaterException(
            ErrorCode errorCode, String message, String action, Duration after, @Nullable Throwable cause) {
        super(errorCode, message, action, cause);
        this.after = after;
    }

    /** The same where it is thrown once more, on another thread. */
    public RetryLaterException again() {
        return new RetryLaterException(errorCode(), String.valueOf(getMessage()), action(), after, this);
    }

    /** How long it lasts at least, in whole seconds; at least one. */
    public long seconds() {
        return Math.max(1, Math.ceilDiv(after.toMillis(), 1000));
    }
}
