package dev.agentos.kernel;

import dev.agentos.spi.ErrorCode;
import java.time.Duration;

/** Something was done as often as it may be for now. Says when it may be done again, for whoever can wait. */
public final class RateExceededException extends RetryLaterException {

    private static final long serialVersionUID = 1L;

    private final transient Rate rate;

    /**
     * What was exceeded.
     *
     * @param name for programs: lower-case letters, digits and hyphens
     * @param most how often it may be done in a window
     * @param window how long a window lasts
     * @param rest until this one ends, a second or longer
     */
    public record Rate(String name, long most, Duration window, Duration rest) {}

    /** A failure with that code, what happened, and what to do. */
    public RateExceededException(ErrorCode code, String message, String action, Rate rate) {
        super(code, message, action, rate.rest());
        this.rate = rate;
    }

    /** What was exceeded. */
    public Rate rate() {
        return rate;
    }
}
