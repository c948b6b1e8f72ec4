package dev.agentos.spi;

/** An error code made at run time. */
record NamedErrorCode(String origin, String name, ErrorType type, boolean retriable) implements ErrorCode {}
