package dev.agentos.pluginworker;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.JsonObject;
import java.util.Locale;

/** Failures on their way from one process to the other: words, and no object of a plugin. */
final class Failures {

    private static final int MOST_TEXT = 2_000;

    private Failures() {}

    /**
     * What was thrown, in words.
     *
     * @param extension the class that was called
     */
    static JsonObject write(Throwable thrown, String extension) {
        try {
            if (thrown instanceof AgentOsException own && own.errorCode() != null) {
                ErrorCode code = own.errorCode();
                return JsonObject.of(
                        "origin", cut(code.origin()),
                        "name", cut(code.name()),
                        "type", (code.type() == null ? ErrorType.INTERNAL : code.type()).name(),
                        "retriable", code.retriable(),
                        "message", cut(own.getMessage()),
                        "action", cut(own.action()));
            }
            return defect(extension, thrown.getClass().getName() + ": " + cut(thrown.getMessage()));
        } catch (RuntimeException | StackOverflowError | LinkageError e) {
            return defect(extension, "an exception that cannot be read");
        }
    }

    private static JsonObject defect(String extension, String thrown) {
        return JsonObject.of("extension", extension, "thrown", thrown);
    }

    /** The exception that such words stand for. */
    static RuntimeException read(JsonObject failure) {
        if (failure.text("thrown").isPresent()) {
            return new PluginDefect(
                    failure.text("extension").orElse(""), failure.text("thrown").orElse(""));
        }
        return new AgentOsException(
                ErrorCode.of(
                        failure.text("origin").orElse("plugin"),
                        failure.text("name").orElse("FAILED"),
                        type(failure.text("type").orElse("")),
                        failure.bool("retriable").orElse(false)),
                failure.text("message").orElse(""),
                failure.text("action").orElse(""));
    }

    private static ErrorType type(String name) {
        for (ErrorType type : ErrorType.values()) {
            if (type.name().equals(name.toUpperCase(Locale.ROOT))) {
                return type;
            }
        }
        return ErrorType.INTERNAL;
    }

    private static String cut(@org.jspecify.annotations.Nullable String text) {
        String plain = String.valueOf(text);
        return plain.length() <= MOST_TEXT ? plain : plain.substring(0, MOST_TEXT) + "…";
    }
}
