package dev.agentos.pluginruntime.internal;

import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What plugin code threw, as an exception that holds no object of the plugin. To be made on the plugin's thread, which
 * can be given up: even reading a plugin's exception runs its code, which may never come back.
 */
final class PlainFailure {

    private static final Logger LOG = LoggerFactory.getLogger(PlainFailure.class);
    private static final int MOST_TEXT = 2_000;
    private static final int MOST_FRAMES = 1_024;
    private static final int MOST_CAUSES = 8;

    private PlainFailure() {}

    static RuntimeException of(String what, Throwable thrown) {
        try {
            if (thrown instanceof AgentOsException own) {
                return own.getClass() != AgentOsException.class && isOfHost(own) ? own : copied(own);
            }
            if (!(thrown instanceof StackOverflowError)) {
                LOG.warn("The {} failed", what, thrown);
            }
            return failed(what, cut(thrown.getMessage()), thrown);
        } catch (Throwable e) {
            return failed(what, "no message", thrown);
        }
    }

    private static AgentOsException copied(AgentOsException own) {
        ErrorCode code = own.errorCode();
        ErrorCode plainCode = code == null ? PluginErrorCode.START_FAILED : copied(code);
        AgentOsException plain = why(own, MOST_CAUSES)
                .map(cause -> new AgentOsException(plainCode, cut(own.getMessage()), cut(own.action()), cause))
                .orElseGet(() -> new AgentOsException(plainCode, cut(own.getMessage()), cut(own.action())));
        plain.setStackTrace(trace(own));
        return plain;
    }

    /** Why it was thrown, in words: an exception of the host's has its causes there, which its log is to tell. */
    private static Optional<Throwable> why(Throwable thrown, int most) {
        Throwable cause = thrown.getCause();
        if (cause == null || most == 0) {
            return Optional.empty();
        }
        Throwable plain = new IllegalStateException(cause.getClass().getName() + ": " + cut(cause.getMessage()));
        plain.setStackTrace(trace(cause));
        why(cause, most - 1).ifPresent(plain::initCause);
        return Optional.of(plain);
    }

    private static StackTraceElement[] trace(Throwable thrown) {
        StackTraceElement[] shown = thrown.getStackTrace();
        // Looked at once it is a copy, which the plugin cannot change any more.
        StackTraceElement[] own = Arrays.copyOf(shown, Math.min(shown.length, MOST_FRAMES));
        return Arrays.asList(own).contains(null) ? new StackTraceElement[0] : own;
    }

    private static ErrorCode copied(ErrorCode code) {
        return isOfHost(code)
                ? code
                : ErrorCode.of(
                        cut(code.origin()),
                        cut(code.name()),
                        code.type() == null ? ErrorType.INTERNAL : code.type(),
                        code.retriable());
    }

    private static boolean isOfHost(Object object) {
        return object.getClass().getClassLoader() == PlainFailure.class.getClassLoader();
    }

    private static AgentOsException failed(String what, String message, Throwable thrown) {
        return new AgentOsException(
                PluginErrorCode.START_FAILED,
                "The " + what + " failed with " + thrown.getClass().getName() + ": " + message + ".",
                "Report it to the plugin's author with the server's log.");
    }

    private static String cut(@Nullable String text) {
        String plain = String.valueOf(text);
        return plain.length() <= MOST_TEXT ? plain : plain.substring(0, MOST_TEXT) + "…";
    }
}
