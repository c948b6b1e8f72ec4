package dev.agentos.cli.client;

import dev.agentos.spi.AgentOsException;

/** A failure that the user reads as it stands, with the exit code that scripts read. */
public class CliException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public static final int FAILED = 1;
    public static final int USAGE = 2;
    public static final int DENIED = 3;
    static final int CONFLICT = 4;
    public static final int UNAVAILABLE = 5;
    public static final int WAITING = 6;
    public static final int TIMEOUT = 124;

    private final int exitCode;

    public CliException(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    /** A failure of a command that works without a server. */
    public static CliException of(AgentOsException failure) {
        return new CliException(FAILED, failure.getMessage() + "\n" + failure.action());
    }

    public int exitCode() {
        return exitCode;
    }
}
