package dev.agentos.pluginworker;

import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;

/** What can go wrong with a plugin because it runs in a process of its own. */
public enum WorkerErrorCode implements ErrorCode {
    /** The plugin's process ended in the middle of a call. */
    CRASHED(ErrorType.RESOURCES, true),
    /** The plugin offers something that works in the server's process only. */
    NOT_ISOLABLE(ErrorType.USER, false),
    /** What is said to the plugin or by it is too long to be carried between processes. */
    MESSAGE_TOO_LONG(ErrorType.USER, false);

    private final ErrorType type;
    private final boolean retriable;

    WorkerErrorCode(ErrorType type, boolean retriable) {
        this.type = type;
        this.retriable = retriable;
    }

    @Override
    public String origin() {
        return "plugin";
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
