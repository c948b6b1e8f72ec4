package dev.agentos.pluginruntime.internal;

import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
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
        return new AgentOsException(
                code == null ? PluginErrorCode.START_FAILED : copied(code), cut(own.getMessage()), cut(own.action()));
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
