package dev.agentos.cli.authoring;

/** A plugin could not be built or installed; the message is what Maven, the compiler or the server said. */
public final class BuildFailedException extends Exception {
    private static final long serialVersionUID = 1;

    /** With what was said. */
    public BuildFailedException(String message) {
        super(message);
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
