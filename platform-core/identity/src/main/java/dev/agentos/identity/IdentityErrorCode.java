package dev.agentos.identity;

import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;

/** Failures of proving who one is. */
public enum IdentityErrorCode implements ErrorCode {
    LOGIN_FAILED(ErrorType.DENIED),
    LOGIN_RATE_LIMITED(ErrorType.DENIED),
    CROSS_SITE(ErrorType.DENIED),
    INVITATION_INVALID(ErrorType.USER),
    PERSON_UNPROVEN(ErrorType.DENIED),
    UNKNOWN_LOGIN(ErrorType.USER),
    WEAK_PASSWORD(ErrorType.USER),
    PASSWORDS_OVERLOADED(ErrorType.RESOURCES),
    PROVIDER_REFUSED(ErrorType.DENIED),
    PROVIDER_UNAVAILABLE(ErrorType.EXTERNAL),
    UNKNOWN_PROVIDER(ErrorType.USER);

    private final ErrorType type;

    IdentityErrorCode(ErrorType type) {
        this.type = type;
    }

    @Override
    public String origin() {
        return "identity";
    }

    @Override
    public ErrorType type() {
        return type;
    }

    @Override
    public boolean retriable() {
        return this == PASSWORDS_OVERLOADED || this == PROVIDER_UNAVAILABLE;
    }
}
