package dev.agentos.packresearch;

import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;

/** Failures of the research agent. */
enum ResearchErrorCode implements ErrorCode {
    /** There is no document to answer from. */
    NO_DOCUMENTS(ErrorType.USER),
    /** The input lacks something or is of the wrong form. */
    INVALID_INPUT(ErrorType.USER),
    /** A document cannot be read or split. */
    UNREADABLE_DOCUMENT(ErrorType.USER),
    /** The execution was cancelled or its deadline passed. */
    CANCELLED(ErrorType.USER);

    private final ErrorType type;

    ResearchErrorCode(ErrorType type) {
        this.type = type;
    }

    @Override
    public String origin() {
        return "research";
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
