package dev.agentos.redaction;

/** A pattern cannot be used; the message says why, as in {@code a ( is not closed}. */
public final class PatternFaultException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PatternFaultException(String why) {
        super(why);
    }

    /** Why. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
