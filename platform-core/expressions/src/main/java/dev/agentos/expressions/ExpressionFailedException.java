package dev.agentos.expressions;

import org.jspecify.annotations.Nullable;

/** An expression has no value: it is wrong, lacks a value, or costs too much. The message says which. */
public final class ExpressionFailedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ExpressionFailedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
