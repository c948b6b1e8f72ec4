package dev.agentos.policy;

import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;

/** Failures of rules, approvals and kill switches. */
public enum PolicyErrorCode implements ErrorCode {
    ALREADY_AGREED(ErrorType.DENIED),
    ALREADY_ESCALATED(ErrorType.USER),
    APPROVAL_AWAITED(ErrorType.DENIED),
    APPROVAL_IMPOSSIBLE(ErrorType.DENIED),
    APPROVAL_OVER(ErrorType.USER),
    APPROVAL_CHANGED(ErrorType.USER),
    APPROVAL_REQUIRED(ErrorType.DENIED),
    ARGUMENTS_TOO_LARGE(ErrorType.USER),
    DENIED(ErrorType.DENIED),
    INVALID_KILL_SWITCH(ErrorType.USER),
    INVALID_POLICY(ErrorType.USER),
    KILL_SWITCH_ENGAGED(ErrorType.DENIED),
    KILL_SWITCH_OUT_OF_REACH(ErrorType.DENIED),
    NO_ROUTE(ErrorType.DENIED),
    NOT_ASSIGNED(ErrorType.DENIED),
    POLICY_CHANGED(ErrorType.USER),
    REASON_REQUIRED(ErrorType.USER),
    REJECTED(ErrorType.DENIED),
    SELF_APPROVAL(ErrorType.DENIED),
    TOO_MANY_POLICIES(ErrorType.USER),
    UNKNOWN_APPROVAL(ErrorType.USER),
    UNKNOWN_KILL_SWITCH(ErrorType.USER),
    UNKNOWN_POLICY(ErrorType.USER);

    private final ErrorType type;

    PolicyErrorCode(ErrorType type) {
        this.type = type;
    }

    @Override
    public String origin() {
        return "policy";
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
