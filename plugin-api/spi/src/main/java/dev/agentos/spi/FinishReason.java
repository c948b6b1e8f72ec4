package dev.agentos.spi;

/** Why a model stopped writing. */
public enum FinishReason {
    /** It had said all. */
    STOP,
    /** It wants tools to be called. */
    TOOL_CALLS,
    /** The longest allowed answer was reached. */
    LENGTH,
    /** The provider withheld the answer. */
    CONTENT_FILTER
}
