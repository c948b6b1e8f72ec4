package dev.agentos.kernel;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import java.time.Duration;

/** A refusal that ends at a time that is known: what a client sees as {@code Retry-After}. */
public final class TryLaterException extends AgentOsException {

    private static final long serialVersionUID = 1L;

    private final Duration after;

    /**
     * A refusal.
     *
     * @param after how long it lasts, more than nothing
     */
    public TryLaterException(ErrorCode errorCode, String message, String action, Duration after) {
        super(errorCode, message, action);
        this.after = after;
    }

    /** After how many whole seconds it is over, at least one. */
    public long seconds() {
        return Math.max(1, after.plusSeconds(1).minusNanos(1).toSeconds());
    }
}
