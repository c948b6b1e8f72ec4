package dev.agentos.postgres;

import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;

/** Why a database could not be started, reached or prepared. */
public enum DatabaseErrorCode implements ErrorCode {
    PLATFORM_UNSUPPORTED(ErrorType.RESOURCES, false),
    BINARIES_MISSING(ErrorType.INTERNAL, false),
    DIRECTORY_UNUSABLE(ErrorType.RESOURCES, false),
    DISK_FULL(ErrorType.RESOURCES, true),
    CLUSTER_CORRUPTED(ErrorType.RESOURCES, false),
    START_FAILED(ErrorType.RESOURCES, true),
    AUTHENTICATION_FAILED(ErrorType.DENIED, false),
    DATABASE_UNKNOWN(ErrorType.USER, false),
    REFUSED(ErrorType.EXTERNAL, false),
    VERSION_TOO_OLD(ErrorType.EXTERNAL, false),
    ROLES_MISSING(ErrorType.DENIED, false),
    ROLES_UNSAFE(ErrorType.DENIED, false),
    MIGRATION_FAILED(ErrorType.INTERNAL, false);

    private final ErrorType type;
    private final boolean retriable;

    DatabaseErrorCode(ErrorType type, boolean retriable) {
        this.type = type;
        this.retriable = retriable;
    }

    @Override
    public String origin() {
        return "database";
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
