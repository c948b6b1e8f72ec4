package dev.agentos.schemas;

/** A schema by which nothing can be checked: it is none, or to check that value by it takes too long. */
public final class UnusableSchemaException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** A part of a sentence that says why. */
    UnusableSchemaException(String why, Throwable cause) {
        super(why, cause);
    }
}
