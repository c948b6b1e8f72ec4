package dev.agentos.outbound;

import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;

/** What can go wrong with a request over HTTP. */
public enum OutboundErrorCode implements ErrorCode {
    /** A name led to an address inside a network, which no grant names. */
    ADDRESS_REFUSED(ErrorType.DENIED, false),
    NO_SUCH_HOST(ErrorType.EXTERNAL, true),
    UNREACHABLE(ErrorType.EXTERNAL, true),
    /** The server could not show that it is who it should be. */
    CERTIFICATE_REFUSED(ErrorType.EXTERNAL, false),
    TIMED_OUT(ErrorType.EXTERNAL, true),
    RESPONSE_TOO_LARGE(ErrorType.EXTERNAL, false),
    /** Other large answers fill the memory. */
    NO_ROOM(ErrorType.RESOURCES, true),
    /** The answer was cut short, or is no HTTP. */
    INVALID_RESPONSE(ErrorType.EXTERNAL, true),
    /** A redirect leads too far, to no web address, or from HTTPS to HTTP. */
    REDIRECT_REFUSED(ErrorType.EXTERNAL, false),
    /** The calling thread was interrupted: its call is late or not wanted any more. */
    INTERRUPTED(ErrorType.RESOURCES, true);

    private final ErrorType type;
    private final boolean retriable;

    OutboundErrorCode(ErrorType type, boolean retriable) {
        this.type = type;
        this.retriable = retriable;
    }

    @Override
    public String origin() {
        return "http";
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
