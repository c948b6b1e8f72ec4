package dev.agentos.spi;

/** A permission that is not one: says which clause, why, and what its author can do. */
public final class PermissionSyntaxException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    public enum Fault {
        /** The word names no permission. */
        UNKNOWN_WORD,
        /** The word names something that no plugin is ever granted. */
        NEVER_GRANTABLE,
        /** The target does not fit the word, is missing, or is there and must not be. */
        TARGET,
        /** An attribute is unknown, there twice, or has a value that it does not take. */
        ATTRIBUTE,
        /** The clause cannot be read, or there are too many or too long ones. */
        FORM
    }

    private final Fault fault;
    private final String action;

    PermissionSyntaxException(Fault fault, String message, String action) {
        super(message);
        this.fault = fault;
        this.action = action;
    }

    /** The same fault, told with the clause that it is in. */
    PermissionSyntaxException in(String clause) {
        PermissionSyntaxException told = new PermissionSyntaxException(
                fault, PermissionRequest.HEADER + ": " + getMessage() + ", in the clause '" + clause + "'", action);
        told.initCause(this);
        return told;
    }

    /** What is wrong. */
    public Fault fault() {
        return fault;
    }

    /** What the author can do about it, a sentence. */
    public String action() {
        return action;
    }
}
