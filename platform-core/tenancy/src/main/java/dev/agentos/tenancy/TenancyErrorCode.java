package dev.agentos.tenancy;

import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;

/** Failures of identity and rights. */
public enum TenancyErrorCode implements ErrorCode {
    UNAUTHENTICATED(ErrorType.DENIED),
    SCOPE_MISSING(ErrorType.DENIED),
    OUT_OF_REACH(ErrorType.DENIED),
    TENANT_REQUIRED(ErrorType.USER),
    UNKNOWN_TENANT(ErrorType.USER),
    TENANT_EXISTS(ErrorType.USER),
    INVALID_NAME(ErrorType.USER),
    UNKNOWN_SCOPE(ErrorType.USER),
    UNKNOWN_KEY(ErrorType.USER),
    UNKNOWN_ROLE(ErrorType.USER),
    UNKNOWN_USER(ErrorType.USER),
    USER_EXISTS(ErrorType.USER),
    USER_CHANGED(ErrorType.USER),
    STARTER_REVOKED(ErrorType.DENIED),
    LAST_OWNER(ErrorType.USER),
    ROLE_IN_USE(ErrorType.USER),
    BUILT_IN_ROLE(ErrorType.USER),
    TOO_MANY_ROLES(ErrorType.USER),
    UNKNOWN_GROUP(ErrorType.USER),
    GROUP_CHANGED(ErrorType.USER),
    TOO_MANY_GROUPS(ErrorType.USER),
    KEY_ENDED(ErrorType.USER);

    private final ErrorType type;

    TenancyErrorCode(ErrorType type) {
        this.type = type;
    }

    @Override
    public String origin() {
        return "tenancy";
    }

    @Override
    public ErrorType type() {
        return type;
    }

    @Override
    public boolean retriable() {
        return this == USER_CHANGED || this == GROUP_CHANGED;
    }
}
