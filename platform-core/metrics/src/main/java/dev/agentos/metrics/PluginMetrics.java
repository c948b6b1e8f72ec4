package dev.agentos.metrics;

import dev.agentos.spi.Metrics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The metrics of one plugin, held to a number of series and to one shape for each name. */
final class PluginMetrics implements Metrics {

    /** The most series of one plugin. */
    static final int MOST_SERIES = 100;

    private static final Logger LOG = LoggerFactory.getLogger(PluginMetrics.class);
    private static final int MOST_TAGS = 4;
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9]*(\\.[a-z][a-z0-9]*){0,7}");
    private static final Pattern VALUE = Pattern.compile("[^\\p{Cntrl}]{1,100}");

    private final String plugin;
    private final ServerMetrics.Registry registry;
    private final Map<String, Shape> shapes = new HashMap<>();
    private final Map<Series, Meter> series = new HashMap<>();
    private final Map<Series, AtomicReference<Double>> gauges = new HashMap<>();
    private final Set<String> warned = new HashSet<>();
    /** What was measured before the version has taken over from the one before; null from then on. */
    private @Nullable List<Runnable> waiting = new ArrayList<>();

    private boolean closed;

    private enum Kind {
        COUNTER,
        TIMER,
        GAUGE
    }

    private record Shape(Kind kind, List<String> tags) {}

    private record Series(String name, Tags tags) {}

    PluginMetrics(String plugin, ServerMetrics.Registry registry) {
        this.plugin = plugin;
        this.registry = registry;
    }

    @Override
    public void count(String name, double amount, String... tags) {
        if (!(amount >= 0) || Double.isInfinite(amount)) {
            throw new IllegalArgumentException("A counter grows by a number that is not negative, not by " + amount);
        }
        Series wanted = checked(name, tags);
        if (waits(() -> count(name, amount, tags))) {
            return;
        }
        meter(
                        Kind.COUNTER,
                        wanted,
                        () -> Counter.builder(shown(name)).tags(wanted.tags()).register(registry.get()))
                .ifPresent(meter -> ((Counter) meter).increment(amount));
    }

    @Override
    public void time(String name, Duration taken, String... tags) {
        if (taken.isNegative()) {
            throw new IllegalArgumentException("Nothing takes less than no time: " + taken);
        }
        Series wanted = checked(name, tags);
        if (waits(() -> time(name, taken, tags))) {
            return;
        }
        meter(
                        Kind.TIMER,
                        wanted,
                        () -> Timer.builder(shown(name)).tags(wanted.tags()).register(registry.get()))
                .ifPresent(meter -> ((Timer) meter).record(taken));
    }

    @Override
    public synchronized void gauge(String name, double value, String... tags) {
        Series wanted = checked(name, tags);
        if (waits(() -> gauge(name, value, tags))) {
            return;
        }
        meter(Kind.GAUGE, wanted, () -> {
                    AtomicReference<Double> current = new AtomicReference<>(value);
                    gauges.put(wanted, current);
                    return Gauge.builder(shown(name), current, AtomicReference::get)
                            .tags(wanted.tags())
                            .register(registry.get());
                })
                .ifPresent(meter -> Optional.ofNullable(gauges.get(wanted)).ifPresent(current -> current.set(value)));
    }

    private synchronized boolean waits(Runnable measured) {
        List<Runnable> before = waiting;
        if (before != null && before.size() < MOST_SERIES) {
            before.add(measured);
        }
        return before != null;
    }

    /** Measures for everybody to see from now on. */
    synchronized void show() {
        List<Runnable> before = waiting;
        waiting = null;
        if (before != null) {
            before.forEach(Runnable::run);
        }
    }

    /** Shows nothing of what was measured, and measures nothing more. */
    synchronized void close() {
        closed = true;
        series.values().forEach(meter -> registry.get().remove(meter));
        series.clear();
        gauges.clear();
        shapes.clear();
    }

    private String shown(String name) {
        return "agentos.plugin." + plugin + "." + name;
    }

    private Series checked(String name, String... tags) {
        if (name.length() > 64 || !NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("A metric is named by lower-case words with dots, not '" + name + "'");
        }
        if (tags.length % 2 != 0 || tags.length > 2 * MOST_TAGS) {
            throw new IllegalArgumentException("Tags are names and values in turn, of at most " + MOST_TAGS);
        }
        List<Tag> all = new ArrayList<>();
        all.add(Tag.of("plugin", plugin));
        for (int i = 0; i < tags.length; i += 2) {
            if (!NAME.matcher(tags[i]).matches() || tags[i].equals("plugin") || tags[i].equals("le")) {
                throw new IllegalArgumentException("'" + tags[i] + "' is no name of a tag");
            }
            if (!VALUE.matcher(tags[i + 1]).matches()) {
                throw new IllegalArgumentException("The value of the tag " + tags[i] + " has 1 to 100 characters");
            }
            all.add(Tag.of(tags[i], tags[i + 1]));
        }
        return new Series(name, Tags.of(all));
    }

    private synchronized Optional<Meter> meter(Kind kind, Series wanted, Supplier<Meter> made) {
        if (closed) {
            return Optional.empty();
        }
        Meter there = series.get(wanted);
        Shape shape = new Shape(kind, wanted.tags().stream().map(Tag::getKey).toList());
        Shape before = shapes.get(wanted.name());
        if (before != null && !before.equals(shape)) {
            warn(
                    "of " + wanted.name(),
                    "it is a " + kind + " with the tags " + shape.tags() + " and was a " + before.kind() + " with "
                            + before.tags());
            return Optional.empty();
        }
        if (there == null && series.size() >= MOST_SERIES) {
            warn(
                    "of more than " + MOST_SERIES + " series",
                    "a tag seems to have too many values, last in " + wanted.name());
            return Optional.empty();
        }
        if (there == null) {
            try {
                there = made.get();
            } catch (IllegalArgumentException e) {
                warn("of " + wanted.name(), "the server, or a version that is on its way out, has the name: " + e);
                return Optional.empty();
            }
            shapes.put(wanted.name(), shape);
            series.put(wanted, there);
        }
        return Optional.of(there);
    }

    private void warn(String what, String why) {
        if (warned.size() < MOST_SERIES && warned.add(what)) {
            LOG.warn("Metrics {} of plugin {} are dropped: {}", what, plugin, why);
        }
    }
}
