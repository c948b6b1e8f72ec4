package dev.agentos.scripting;

import dev.agentos.kernel.Json;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.scripting.ScriptThread.End;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the end of a script means. */
final class Outcome {

    private static final Logger LOG = LoggerFactory.getLogger(Outcome.class);

    /** The function around a script takes three lines before it. */
    private static final int LINES_BEFORE = 3;

    private static final Pattern PLACE = Pattern.compile("<input>:(\\d{1,9})");

    private final ScriptThread thread;
    private final ScriptLimits limits;
    private final Supervision supervision;

    Outcome(ScriptThread thread, ScriptLimits limits, Supervision supervision) {
        this.thread = thread;
        this.limits = limits;
        this.supervision = supervision;
    }

    /** What the script returned, if it did. */
    JsonValue value(End end) {
        if (end.kind() != ScriptThread.Kind.FINISHED) {
            throw failure(end);
        }
        try {
            return Json.parse(end.text());
        } catch (AgentOsException e) {
            throw failure(
                    ScriptErrorCode.INVALID_RESULT,
                    "The result of the script is not JSON that can be stored: " + e.getMessage(),
                    "Return objects, arrays, text and finite numbers.");
        }
    }

    /** What was wrong with the source. */
    static ScriptFault fault(End end) {
        JsonObject fault = Json.parseObject(end.text());
        int line = number(fault, "line");
        int column = number(fault, "column");
        return new ScriptFault(
                "Line " + line + ", column " + column + ": "
                        + fault.text("message").orElse("not JavaScript") + ".",
                line,
                column);
    }

    /** The failure that the end of the script is. */
    AgentOsException failure(End end) {
        return switch (end.kind()) {
            case FAULT ->
                failure(
                        ScriptErrorCode.SYNTAX_ERROR,
                        "The script is not JavaScript. " + fault(end).message(),
                        "Correct it there.");
            case FAILED -> failed(Json.parseObject(end.text()));
            case UNFIT ->
                failure(
                        ScriptErrorCode.INVALID_RESULT,
                        text(end),
                        "Return plain objects, arrays, text, booleans, null and finite numbers.");
            case REFUSED ->
                failure(
                        ScriptErrorCode.FORBIDDEN,
                        "The script asked for '" + text(end) + "', which no script gets.",
                        "Use the tools that the node was granted, or ask for one that does it.");
            case TOO_LARGE ->
                failure(
                        ScriptErrorCode.OUTPUT_TOO_LARGE,
                        "The result of the script, or the arguments of a call, are more than " + limits.outputBytes()
                                + " bytes.",
                        "Return less, or raise the limit.");
            case TOO_MANY_CALLS ->
                failure(
                        ScriptErrorCode.TOO_MANY_CALLS,
                        "The script made more than " + limits.calls() + " calls.",
                        "Make fewer, or raise the limit.");
            case NEVER_SETTLED -> unsettled();
            case TIMED_OUT ->
                failure(
                        ScriptErrorCode.TIME_EXCEEDED,
                        "The script was still at work after " + limits.time().toMillis() + " ms.",
                        "Look for a loop without end, have it do less, or raise the limit.");
            case BROKEN, FINISHED, SOUND -> broken(end);
        };
    }

    private AgentOsException failed(JsonObject report) {
        String message = report.text("message").orElse("");
        Optional<AgentOsException> thrown =
                report.number("call").map(number -> number.value().intValue()).flatMap(supervision::failure);
        if (thrown.isPresent()) {
            return thrown.get();
        }
        String name = report.text("name").filter(text -> !text.isEmpty()).orElse("Error");
        if (name.equals("ReferenceError") && message.startsWith("could not load module")) {
            return failure(
                    ScriptErrorCode.FORBIDDEN,
                    "The script imports a module (" + message + "), which no script gets.",
                    "Write what you need into the script itself.");
        }
        if (outOfMemory() || (name.equals("InternalError") && message.equals("string too long"))) {
            return memory(" It ended with: " + name + ": " + message + ".");
        }
        Matcher place = PLACE.matcher(report.text("stack").orElse(""));
        // QuickJS keeps the places of calls; what fails between two of them is known to come after the first.
        boolean near = name.equals("ReferenceError") || message.startsWith("cannot ");
        String line = place.find()
                ? "Line " + (Integer.parseInt(place.group(1)) - LINES_BEFORE) + (near ? " or after: " : ": ")
                : "";
        return failure(
                ScriptErrorCode.FAILED,
                line + (report.member("name").isPresent() ? name + ": " + message : "thrown: " + message),
                "Correct the script, or catch the error in it.");
    }

    private AgentOsException unsettled() {
        return outOfMemory()
                ? memory("")
                : failure(
                        ScriptErrorCode.NEVER_SETTLED,
                        "The script waits for a promise that nothing will ever settle.",
                        "Call tools directly; they answer at once, and there is nothing else to wait for.");
    }

    /** The guest broke off; why, it could not say itself. */
    private AgentOsException broken(End end) {
        if (outOfMemory()) {
            return memory("");
        }
        Throwable thrown = end.thrown();
        if (overflow(thrown)) {
            return failure(
                    ScriptErrorCode.STACK_EXCEEDED,
                    "The script's calls are nested too deeply.",
                    "Look for a recursion without end, or use a loop.");
        }
        LOG.error("A script broke off: {}", thread.complaint(), thrown);
        return new AgentOsException(
                ScriptErrorCode.BROKEN,
                "The script broke off for a reason that the server does not know.",
                "Look for it in the server's log, and report it with the script.",
                thrown);
    }

    /** Java's stack, or that of the guest, which lies at the bottom of its memory and runs out below zero. */
    private static boolean overflow(@Nullable Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            if (cause instanceof StackOverflowError
                    || message.contains("call stack exhausted")
                    || message.startsWith("out of bounds memory access at -")) {
                return true;
            }
        }
        return false;
    }

    private boolean outOfMemory() {
        return thread.memory().exhausted() || thread.memory().starved();
    }

    private AgentOsException memory(String detail) {
        return thread.memory().starved()
                ? busy()
                : failure(
                        ScriptErrorCode.MEMORY_EXCEEDED,
                        "The script needs more than " + limits.memoryBytes() + " bytes of memory." + detail,
                        "Have it hold less at once, name fewer channels in its input, or raise the limit.");
    }

    static AgentOsException busy() {
        return failure(
                ScriptErrorCode.BUSY,
                "The memory that this server has for scripts is taken by others.",
                "Try again later, or give the server a larger heap.");
    }

    static AgentOsException cancelled() {
        return failure(
                KernelErrorCode.CANCELLED, "The script was cancelled.", "Execute it again when you want it done.");
    }

    private static AgentOsException failure(ErrorCode code, String message, String action) {
        return new AgentOsException(code, message, action);
    }

    private static String text(End end) {
        return Json.parse(end.text()) instanceof JsonString(String text) ? text : "";
    }

    private static int number(JsonObject object, String name) {
        return object.number(name).map(JsonNumber::value).map(Number::intValue).orElse(1);
    }
}
