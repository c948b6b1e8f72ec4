package dev.agentos.kernel;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import java.util.List;

/** An input with one or more faults, each with its place: what a client sees as {@code errors[]} of a problem. */
public final class InvalidInputException extends AgentOsException {

    private static final long serialVersionUID = 1L;

    private final transient List<Fault> faults;

    /** An input with those faults; at least one. */
    public InvalidInputException(ErrorCode errorCode, String message, String action, List<Fault> faults) {
        super(errorCode, message, action);
        this.faults = List.copyOf(faults);
    }

    /** An input with one fault. */
    public static InvalidInputException of(ErrorCode errorCode, String pointer, String message, String action) {
        return new InvalidInputException(
                errorCode, message, action, List.of(new Fault(pointer, errorCode.code(), message)));
    }

    /**
     * Refuses an input that has faults.
     *
     * @param what does not fit what; the message of the first fault follows behind a colon
     */
    public static void refuse(List<Fault> faults, ErrorCode errorCode, String what, String action) {
        if (!faults.isEmpty()) {
            throw new InvalidInputException(
                    errorCode, what + ": " + faults.getFirst().message(), action, faults);
        }
    }

    /** What is wrong, in the order of the document. */
    public List<Fault> faults() {
        return faults;
    }

    /**
     * One thing that is wrong.
     *
     * @param pointer where, as a JSON Pointer (RFC 6901) into the input, as in {@code /nodes/2/type}
     * @param code which rule was broken
     * @param message what is wrong there, one sentence
     */
    public record Fault(String pointer, String code, String message) {

        /** A name as a part of a pointer. */
        public static String escape(String name) {
            return name.replace("~", "~0").replace("/", "~1");
        }
    }
}
