package dev.agentos.agents;

import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;

/** Failures of agents and packs. */
public enum AgentErrorCode implements ErrorCode {
    UNKNOWN_AGENT(ErrorType.USER),
    UNKNOWN_PACK(ErrorType.USER),
    PACK_NOT_ENABLED(ErrorType.USER),
    PACK_CHANGED(ErrorType.USER),
    INVALID_CONFIGURATION(ErrorType.USER),
    INVALID_INPUT(ErrorType.USER),
    INVALID_MESSAGE(ErrorType.USER),
    MODEL_NOT_CHOSEN(ErrorType.USER);

    private final ErrorType type;

    AgentErrorCode(ErrorType type) {
        this.type = type;
    }

    @Override
    public String origin() {
        return "agent";
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
