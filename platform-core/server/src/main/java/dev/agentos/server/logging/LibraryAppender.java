package dev.agentos.server.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import dev.agentos.pluginruntime.logs.LibraryLines;
import java.lang.System.Logger.Level;

/** Tells the logs of plugins what plugins' libraries write into the server's. */
public final class LibraryAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {

    @Override
    protected void append(ILoggingEvent event) {
        LibraryLines.heard(level(event.getLevel()), () -> text(event));
    }

    private static Level level(ch.qos.logback.classic.Level level) {
        return switch (level.toInt()) {
            case ch.qos.logback.classic.Level.ERROR_INT -> Level.ERROR;
            case ch.qos.logback.classic.Level.WARN_INT -> Level.WARNING;
            case ch.qos.logback.classic.Level.INFO_INT -> Level.INFO;
            default -> Level.DEBUG;
        };
    }

    /** Who writes it, in a word, and what. */
    private static String text(ILoggingEvent event) {
        String logger = event.getLoggerName();
        String line = logger.substring(logger.lastIndexOf('.') + 1) + ": " + event.getFormattedMessage();
        IThrowableProxy thrown = event.getThrowableProxy();
        return thrown == null ? line : line + ": " + thrown.getClassName() + ": " + thrown.getMessage();
    }
}
