package dev.agentos.pluginruntime.logs;

import dev.agentos.kernel.Page;
import dev.agentos.spi.AgentOsException;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * The last lines of each plugin's log on this server, in memory: what the plugin wrote, and what became of it. What the
 * server says is kept apart, so that a plugin that writes much does not push it out.
 */
public final class PluginLogs {

    /** The most lines of one plugin's own. */
    public static final int MOST_OF_PLUGIN = 500;

    /** The most lines of the server's about one plugin. */
    public static final int MOST_OF_SERVER = 200;

    private static final int LONGEST = 2_000;
    private static final int REPLACEMENT = 0xFFFD;

    private final UnaryOperator<String> scrubbed;
    private final InstantSource clock;
    private final Map<String, Log> logs = new ConcurrentHashMap<>();

    /** Who says something. */
    public enum Source {
        /** The plugin, by the logger of its context, and its libraries, by SLF4J. */
        PLUGIN,
        /** The server about the plugin: its life cycle, what it was denied, calls that failed in it. */
        SERVER
    }

    /** What a log has, in order. */
    public sealed interface Entry {

        /** Its place. */
        long sequence();
    }

    /**
     * Lines up to here may be missing: there were too many, or they were written before this server began.
     *
     * @param sequence greater than that of every line that is missing
     */
    public record Gone(long sequence) implements Entry {}

    /**
     * One line.
     *
     * @param sequence greater than that of every line of the plugin before it, also over restarts of the server
     * @param at when it was written, in microseconds
     * @param level how grave it is
     * @param source who says it
     * @param version the plugin's version that it is about
     * @param message at most 2,000 characters and an ellipsis, without keys and passwords; may have several lines
     */
    public record Line(long sequence, Instant at, Level level, Source source, String version, String message)
            implements Entry {}

    /**
     * Which lines.
     *
     * @param least the least grave level
     * @param after only those behind that sequence
     * @param before only those before that sequence
     * @param limit the most lines
     */
    public record Query(Level least, long after, long before, int limit) {}

    /**
     * Empty logs.
     *
     * @param scrubbed what of a text may be written down
     */
    public PluginLogs(UnaryOperator<String> scrubbed, InstantSource clock) {
        this.scrubbed = scrubbed;
        this.clock = clock;
    }

    /** The log of a plugin. */
    public Log of(String plugin) {
        return logs.computeIfAbsent(plugin, id -> new Log());
    }

    /** A plugin is not installed any more; what late calls of it write goes nowhere. */
    public void forget(String plugin) {
        Optional.ofNullable(logs.remove(plugin)).ifPresent(log -> log.ended = true);
    }

    private long now() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
    }

    /** The log of one plugin. */
    public final class Log {

        private final Deque<Line> own = new ArrayDeque<>();
        private final Deque<Line> told = new ArrayDeque<>();
        private long last = now();
        /** Of lines before it some are not here any more. */
        private long gone = last;

        private volatile boolean ended;

        private Log() {}

        /** Whether the plugin is not installed any more. */
        public boolean ended() {
            return ended;
        }

        /** Lines, the newest first; the next page begins before its last one's sequence. */
        public Page<Line> find(Query query) {
            List<Line> found = lines().stream()
                    .filter(line -> line.sequence() > query.after() && line.sequence() < query.before())
                    .filter(line -> line.level().getSeverity() >= query.least().getSeverity())
                    .sorted(Comparator.comparingLong(Line::sequence).reversed())
                    .limit(query.limit() + 1L)
                    .toList();
            return Page.of(found, query.limit(), line -> String.valueOf(line.sequence()));
        }

        /** What there is behind a sequence, in order; with 0 all of it, whatever was before. */
        public synchronized List<Entry> after(long sequence, int most) {
            Stream<Entry> missing = sequence > 0 && gone > sequence ? Stream.of(new Gone(gone)) : Stream.empty();
            return Stream.concat(lines().stream().filter(line -> line.sequence() > sequence), missing)
                    .sorted(Comparator.comparingLong(Entry::sequence))
                    .limit(most)
                    .toList();
        }

        /** What the plugin wrote. */
        public void write(String version, Level level, String text) {
            add(own, MOST_OF_PLUGIN, Source.PLUGIN, version, level, text);
        }

        /** What the server has to say of it. */
        public void tell(String version, Level level, String text) {
            add(told, MOST_OF_SERVER, Source.SERVER, version, level, text);
        }

        /** That something failed, with why. */
        public void tell(String version, String what, Throwable why) {
            String reason = why instanceof AgentOsException known
                    ? String.valueOf(known.getMessage())
                    : why.getClass().getName();
            tell(version, Level.ERROR, what + ": " + reason);
        }

        private void add(Deque<Line> lines, int most, Source source, String version, Level level, String text) {
            // Outside of the lock: a long text takes its time.
            String message = readable(scrubbed.apply(text));
            Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
            synchronized (this) {
                last = Math.max(last + 1, ChronoUnit.MICROS.between(Instant.EPOCH, now));
                lines.addLast(new Line(last, now, level, source, version, message));
                if (lines.size() > most) {
                    gone = Math.max(gone, lines.removeFirst().sequence());
                }
            }
        }

        private synchronized List<Line> lines() {
            return new ArrayList<>(Stream.concat(own.stream(), told.stream()).toList());
        }
    }

    /** Without what a terminal obeys or JSON refuses. */
    private static String readable(String text) {
        StringBuilder clean = new StringBuilder();
        text.codePoints()
                .limit(LONGEST)
                .map(c -> (Character.isISOControl(c) && c != '\n' && c != '\t')
                                || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)
                        ? REPLACEMENT
                        : c)
                .forEach(clean::appendCodePoint);
        return text.codePointCount(0, text.length()) <= LONGEST ? clean.toString() : clean + "…";
    }
}
