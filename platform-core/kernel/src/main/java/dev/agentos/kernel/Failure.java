package dev.agentos.kernel;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.JsonObject;

/**
 * A failure as data: what is stored with an execution or an operation and shown to a client.
 *
 * @param code {@code origin:NAME}
 * @param type who can mend it
 * @param retriable whether the same may succeed later
 * @param message what was wrong and where
 * @param action what to do about it
 */
public record Failure(String code, ErrorType type, boolean retriable, String message, String action) {

    private static final int REPLACEMENT = 0xFFFD;

    /** What a plugin says of its failure may be any text, and a failure that cannot be stored would never end. */
    public Failure {
        code = storable(code);
        message = storable(message);
        action = storable(action);
    }

    /** The failure that an exception stands for; one without a code is a defect and its detail is not shown. */
    public static Failure of(Throwable thrown) {
        if (thrown instanceof AgentOsException e) {
            return of(e.errorCode(), String.valueOf(e.getMessage()), e.action());
        }
        return of(
                KernelErrorCode.INTERNAL,
                "The server met an error that it did not expect ("
                        + thrown.getClass().getSimpleName() + ").",
                "Look for it in the server's log, and report it with what you did.");
    }

    /** The failure of that code. */
    public static Failure of(ErrorCode code, String message, String action) {
        return new Failure(code.code(), code.type(), code.retriable(), message, action);
    }

    /** Reads what {@link #toJson()} wrote. */
    public static Failure fromJson(JsonObject json) {
        return new Failure(
                json.text("code").orElse(KernelErrorCode.INTERNAL.code()),
                ErrorType.valueOf(json.text("type").orElse(ErrorType.INTERNAL.name())),
                json.bool("retriable").orElse(false),
                json.text("message").orElse(""),
                json.text("action").orElse(""));
    }

    /** This failure as JSON. */
    public JsonObject toJson() {
        return JsonObject.of(
                "code", code, "type", type.name(), "retriable", retriable, "message", message, "action", action);
    }

    /** A text without what JSON and PostgreSQL refuse and what a terminal obeys. */
    public static String storable(String text) {
        return text.codePoints().noneMatch(Failure::isOdd)
                ? text
                : text.codePoints()
                        .map(c -> isOdd(c) ? REPLACEMENT : c)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
    }

    private static boolean isOdd(int c) {
        return (Character.isISOControl(c) && c != '\n' && c != '\r' && c != '\t')
                || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }
}
