package dev.agentos.cli.plugins;

import dev.agentos.cli.client.ServerEvent;
import dev.agentos.cli.client.Texts;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The lines of a plugin's log, for people and programs. */
public final class PluginLog {

    private PluginLog() {}

    /** Lines as they came, the oldest first. */
    public static List<JsonObject> ordered(List<JsonObject> lines) {
        return lines.stream()
                .sorted(Comparator.comparingLong(PluginLog::sequence))
                .toList();
    }

    /** What an event of a log that is followed says; a program is told lines and nothing else. */
    public static Optional<String> line(ServerEvent event, boolean json) {
        return switch (event.type()) {
            case "line" -> Optional.of(json ? Json.write(event.data()) : text(event.data()));
            case "gap" -> json ? Optional.empty() : Optional.of("(Lines before this are not on the server any more.)");
            case "removed" -> json ? Optional.empty() : Optional.of("(The plugin was removed.)");
            default -> Optional.empty();
        };
    }

    /** A line as a person reads it. */
    public static String text(JsonObject line) {
        return "%s %-7s %s: %s"
                .formatted(
                        line.text("at").orElse(""),
                        line.text("level").orElse(""),
                        line.text("source").filter("SERVER"::equals).isPresent()
                                ? "server"
                                : line.text("version").orElse(""),
                        Texts.lines(line.text("message").orElse(""), ""));
    }

    private static long sequence(JsonObject line) {
        return line.member("sequence")
                .map(JsonNumber.class::cast)
                .orElseThrow()
                .value()
                .longValue();
    }
}
