package dev.agentos.cli;

import dev.agentos.spi.AgentOsException;

/** A failure that the user reads as it stands, with the exit code that scripts read. */
class CliException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    static final int FAILED = 1;
    static final int USAGE = 2;
    static final int DENIED = 3;
    static final int CONFLICT = 4;
    static final int UNAVAILABLE = 5;
    static final int WAITING = 6;
    static final int TIMEOUT = 124;

    private final int exitCode;

    CliException(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    /** A failure of a command that works without a server. */
    static CliException of(AgentOsException failure) {
        return new CliException(FAILED, failure.getMessage() + "\n" + failure.action());
    }

    int exitCode() {
        return exitCode;
    }
}
