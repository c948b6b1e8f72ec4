package dev.agentos.pluginworker;

import dev.agentos.spi.JsonObject;
import java.text.MessageFormat;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;

/** The plugin's log, as the plugin has it in its own process: lines from {@code INFO} on go to the server. */
final class RemoteLogger implements System.Logger {

    private static final int LONGEST = 20_000;

    private final String name;
    private final Asking asking;

    RemoteLogger(String name, Asking asking) {
        this.name = name;
        this.asking = asking;
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public boolean isLoggable(Level level) {
        return level != Level.OFF && level.getSeverity() >= Level.INFO.getSeverity();
    }

    @Override
    public void log(Level level, @Nullable ResourceBundle texts, @Nullable String message, @Nullable Throwable thrown) {
        if (isLoggable(level)) {
            String text = localised(texts, message);
            write(level, thrown == null ? text : text + ": " + told(thrown));
        }
    }

    @Override
    public void log(
            Level level, @Nullable ResourceBundle texts, @Nullable String format, @Nullable Object... parameters) {
        if (isLoggable(level)) {
            String pattern = localised(texts, format);
            write(
                    level,
                    parameters == null || parameters.length == 0 ? pattern : MessageFormat.format(pattern, parameters));
        }
    }

    void write(Level level, String text) {
        String cut = text.length() <= LONGEST ? text : text.substring(0, LONGEST);
        asking.note(JsonObject.of("note", "log", "level", level.name(), "text", cut));
    }

    /** An exception in a line; what a plugin's exception says of itself is the plugin's code, and may fail. */
    private static String told(Throwable thrown) {
        try {
            return String.valueOf(thrown);
        } catch (RuntimeException | StackOverflowError | LinkageError e) {
            return "an exception that cannot be read";
        }
    }

    private static String localised(@Nullable ResourceBundle texts, @Nullable String message) {
        String text = String.valueOf(message);
        return texts != null && message != null && texts.containsKey(message) ? texts.getString(message) : text;
    }
}
