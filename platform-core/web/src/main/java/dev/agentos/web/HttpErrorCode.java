package dev.agentos.web;

import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;

/** Failures of the HTTP layer itself, each with the status that it answers. */
public enum HttpErrorCode implements ErrorCode {
    BAD_REQUEST(ErrorType.USER, 400),
    METHOD_NOT_ALLOWED(ErrorType.USER, 405),
    NOT_ACCEPTABLE(ErrorType.USER, 406),
    REQUEST_TIMEOUT(ErrorType.USER, 408),
    BODY_TOO_LARGE(ErrorType.USER, 413),
    URI_TOO_LONG(ErrorType.USER, 414),
    UNSUPPORTED_MEDIA_TYPE(ErrorType.USER, 415),
    IDEMPOTENCY_KEY_REUSED(ErrorType.USER, 422),
    IDEMPOTENCY_KEY_RUNNING(ErrorType.USER, 409),
    IDEMPOTENCY_KEY_UNCERTAIN(ErrorType.USER, 409),
    PRECONDITION_REQUIRED(ErrorType.USER, 428),
    HEADERS_TOO_LARGE(ErrorType.USER, 431),
    METHOD_UNKNOWN(ErrorType.USER, 501),
    VERSION_NOT_SUPPORTED(ErrorType.USER, 505),
    ROUTE_CLOSED(ErrorType.DENIED, 403),
    TOO_MANY_SUBSCRIPTIONS(ErrorType.USER, 429),
    TOO_BUSY(ErrorType.RESOURCES, 503),
    TOO_MANY_STREAMS(ErrorType.RESOURCES, 429),
    PORT_IN_USE(ErrorType.RESOURCES, 503),
    ADDRESS_UNUSABLE(ErrorType.RESOURCES, 503);

    private final ErrorType type;
    private final int status;

    HttpErrorCode(ErrorType type, int status) {
        this.type = type;
        this.status = status;
    }

    @Override
    public String origin() {
        return "server";
    }

    @Override
    public ErrorType type() {
        return type;
    }

    @Override
    public boolean retriable() {
        return this == IDEMPOTENCY_KEY_RUNNING || this == PORT_IN_USE || this == TOO_BUSY || this == TOO_MANY_STREAMS;
    }

    int status() {
        return status;
    }
}
