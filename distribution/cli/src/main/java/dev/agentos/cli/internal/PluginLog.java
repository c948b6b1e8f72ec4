package dev.agentos.cli.internal;

import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** The last lines about a plugin, the oldest first, and those that come. */
public final class PluginLog {

    private static final long PAUSE_MILLIS = 1_000;

    private final Function<String, List<JsonObject>> server;
    private final String path;
    private final String level;
    private long last;

    /**
     * A log.
     *
     * @param server answers with every page of a list
     * @param path of the plugin, as in {@code /plugins/hello-tool}
     * @param level the least grave that is shown; all when empty
     */
    public PluginLog(Function<String, List<JsonObject>> server, String path, String level) {
        this.server = server;
        this.path = path;
        this.level = level;
    }

    /** The lines that were not read before. */
    public List<JsonObject> read() {
        List<JsonObject> lines =
                server
                        .apply(path + "/logs?limit=200&after=" + last + (level.isEmpty() ? "" : "&level=" + level))
                        .stream()
                        .sorted(Comparator.comparingLong(PluginLog::sequence))
                        .toList();
        lines.stream().mapToLong(PluginLog::sequence).max().ifPresent(newest -> last = newest);
        return lines;
    }

    /** Reads until the thread is interrupted. */
    public void follow(Consumer<Collection<JsonObject>> shown) {
        try {
            while (true) {
                shown.accept(read());
                Thread.sleep(PAUSE_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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
                        line.text("message").orElse(""));
    }

    private static long sequence(JsonObject line) {
        return line.member("sequence")
                .map(JsonNumber.class::cast)
                .orElseThrow()
                .value()
                .longValue();
    }
}
