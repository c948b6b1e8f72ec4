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
    public record Fault(String pointer, String code, String message) {}
}
