package dev.agentos.invocation;

import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;

/** Failures on the way into a plugin. */
public enum InvocationErrorCode implements ErrorCode {
    UNKNOWN_MODEL("model", ErrorType.USER, false),
    UNKNOWN_TOOL("tool", ErrorType.USER, false),
    TOOL_NOT_ALLOWED("tool", ErrorType.DENIED, false),
    INVALID_ARGUMENTS("tool", ErrorType.USER, false),
    /** The plugin that adds the node type is away; it may come back. */
    UNKNOWN_NODE_TYPE("plugin", ErrorType.DENIED, true),
    /** The plugin that adds the reducer is away; it may come back. */
    UNKNOWN_REDUCER("plugin", ErrorType.DENIED, true),
    /** The plugin that offers the protocol is away; it may come back. */
    UNKNOWN_PROTOCOL("plugin", ErrorType.USER, true),
    /** The tenant may not use the plugin. */
    NOT_ENABLED("plugin", ErrorType.DENIED, false),
    TENANT_LIMIT("plugin", ErrorType.RESOURCES, true),
    SETTINGS_CHANGED("plugin", ErrorType.USER, false),
    NOTHING_SET("plugin", ErrorType.USER, false),
    INVALID_RESULT("plugin", ErrorType.INTERNAL, false),
    INVALID_SCHEMA("plugin", ErrorType.INTERNAL, false);

    private final String origin;
    private final ErrorType type;
    private final boolean retriable;

    InvocationErrorCode(String origin, ErrorType type, boolean retriable) {
        this.origin = origin;
        this.type = type;
        this.retriable = retriable;
    }

    @Override
    public String origin() {
        return origin;
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
