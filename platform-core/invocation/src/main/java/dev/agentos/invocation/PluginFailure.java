package dev.agentos.invocation;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.pluginruntime.PluginVersion;
import dev.agentos.pluginworker.PluginDefect;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns what plugin code throws into an exception that holds no object of the plugin: neither its classes nor its code
 * live on in it. To be called on the plugin's thread, since even reading a plugin's exception runs its code.
 */
final class PluginFailure {

    private static final Logger LOG = LoggerFactory.getLogger(PluginFailure.class);
    private static final int MOST_FRAMES = 1_024;
    private static final int MOST_TEXT = 2_000;

    private PluginFailure() {}

    static RuntimeException of(Throwable thrown, PluginVersion plugin, Object extension) {
        try {
            if (thrown instanceof InvalidInputException host) {
                return host;
            }
            if (thrown instanceof AgentOsException own) {
                return copied(own);
            }
            if (thrown instanceof PluginDefect isolated) {
                LOG.warn("Plugin {} failed in its process: {}", plugin, isolated.getMessage());
                return failed(plugin, isolated.extension(), String.valueOf(isolated.getMessage()), thrown);
            }
            if (thrown instanceof StackOverflowError) {
                LOG.warn(
                        "Plugin {} overflowed its stack in {}",
                        plugin,
                        extension.getClass().getName());
            } else {
                LOG.warn("Plugin {} failed in {}", plugin, extension.getClass().getName(), thrown);
            }
            return failed(
                    plugin,
                    extension.getClass().getName(),
                    thrown.getClass().getName() + ": " + cut(thrown.getMessage()),
                    thrown);
        } catch (Throwable e) {
            // Whatever it is, an answer that there is none would be none of a failure.
            return failed(plugin, extension.getClass().getName(), "an exception that cannot be read", thrown);
        }
    }

    /** Memory was used up during a call; what is thrown instead holds nothing that the plugin put into it. */
    static OutOfMemoryError memory(OutOfMemoryError thrown, PluginVersion plugin) {
        try {
            OutOfMemoryError plain = new OutOfMemoryError("In plugin " + plugin + ": " + cut(thrown.getMessage()));
            plain.setStackTrace(trace(thrown));
            return plain;
        } catch (OutOfMemoryError e) {
            return e;
        }
    }

    /** The plugin answered with nothing at all. */
    static AgentOsException nothing(PluginVersion plugin, Object extension) {
        return failed(plugin, extension.getClass().getName(), "no answer", new Throwable());
    }

    private static AgentOsException copied(AgentOsException own) {
        ErrorCode code = own.errorCode();
        ErrorCode copy = code == null
                ? PluginErrorCode.FAILED
                : ErrorCode.of(
                        cut(code.origin()),
                        cut(code.name()),
                        code.type() == null ? ErrorType.INTERNAL : code.type(),
                        code.retriable());
        AgentOsException plain = new AgentOsException(copy, cut(own.getMessage()), cut(own.action()));
        plain.setStackTrace(trace(own));
        return plain;
    }

    private static AgentOsException failed(PluginVersion plugin, String extension, String with, Throwable thrown) {
        AgentOsException failure = new AgentOsException(
                PluginErrorCode.FAILED,
                "Plugin " + plugin + " failed in " + extension + " with " + with + ".",
                "Report it to the plugin's author with the server's log.");
        failure.setStackTrace(trace(thrown));
        return failure;
    }

    /** Where it was thrown, which the plugin's exception says itself. */
    private static StackTraceElement[] trace(Throwable thrown) {
        try {
            StackTraceElement[] shown = thrown.getStackTrace();
            // Looked at once it is a copy, which the plugin cannot change any more.
            StackTraceElement[] own = Arrays.copyOf(shown, Math.min(shown.length, MOST_FRAMES));
            return Arrays.asList(own).contains(null) ? new StackTraceElement[0] : own;
        } catch (Throwable e) {
            return new StackTraceElement[0];
        }
    }

    private static String cut(@Nullable String text) {
        String plain = String.valueOf(text);
        return plain.length() <= MOST_TEXT ? plain : plain.substring(0, MOST_TEXT) + "…";
    }
}
