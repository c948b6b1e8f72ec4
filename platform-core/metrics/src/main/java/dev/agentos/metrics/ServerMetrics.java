package dev.agentos.metrics;

import dev.agentos.spi.Metrics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The metrics of this server and of its plugins. Costs next to nothing before something is measured or asked for. */
public final class ServerMetrics {

    /** The media type of {@link #scrape()}: the text format of Prometheus. */
    public static final String MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final Logger LOG = LoggerFactory.getLogger(ServerMetrics.class);

    private final List<Runnable> collectors = new CopyOnWriteArrayList<>();
    private final Map<Series, AtomicLong> totals = new ConcurrentHashMap<>();
    private final Map<Series, AtomicLong> levels = new ConcurrentHashMap<>();
    private final Map<String, PluginMetrics> plugins = new ConcurrentHashMap<>();
    private @Nullable PrometheusMeterRegistry registry;

    private record Series(String name, Tags tags) {}

    /** Adds what is asked for its values whenever somebody looks. */
    public void onScrape(Runnable collector) {
        collectors.add(collector);
    }

    /**
     * The metrics of one version of a plugin, which begin anew: another version may give a name another shape. Nothing
     * of them is seen before {@link #show}.
     */
    public Metrics ofPlugin(String plugin) {
        return new PluginMetrics(plugin, this::registry);
    }

    /** Shows that version's metrics from now on, instead of those of the version before. */
    public void show(String plugin, Metrics own) {
        if (own instanceof PluginMetrics shown) {
            PluginMetrics before = plugins.put(plugin, shown);
            if (before != null && before != shown) {
                before.close();
            }
            shown.show();
        }
    }

    /** Shows nothing more of that version of a plugin: it is gone. */
    public void forget(String plugin, Metrics own) {
        if (own instanceof PluginMetrics gone) {
            plugins.remove(plugin, gone);
            gone.close();
        }
    }

    /**
     * Measures something of the server's own.
     *
     * @param name with dots, as in {@code agentos.plugin.calls}
     * @param tags names and values in turn
     */
    public void time(String name, Duration taken, String... tags) {
        Timer.builder(name).tags(tags).register(registry()).record(taken);
    }

    /** Adds to a counter of the server's own. */
    public void count(String name, double amount, String... tags) {
        Counter.builder(name).tags(tags).register(registry()).increment(amount);
    }

    /** Sets a counter of the server's own, which somebody else keeps, to what it has come to. */
    public void total(String name, long total, String... tags) {
        totals.computeIfAbsent(new Series(name, Tags.of(tags)), series -> {
                    AtomicLong value = new AtomicLong();
                    FunctionCounter.builder(name, value, AtomicLong::doubleValue)
                            .tags(series.tags())
                            .register(registry());
                    return value;
                })
                .set(total);
    }

    /** Sets what goes up and down, of the server's own, to its value of now. */
    public void level(String name, long value, String... tags) {
        levels.computeIfAbsent(new Series(name, Tags.of(tags)), series -> {
                    AtomicLong current = new AtomicLong();
                    Gauge.builder(name, current, AtomicLong::doubleValue)
                            .tags(series.tags())
                            .register(registry());
                    return current;
                })
                .set(value);
    }

    /** All of it, in the text format of Prometheus. */
    public String scrape() {
        for (Runnable collector : collectors) {
            try {
                collector.run();
            } catch (RuntimeException e) {
                LOG.warn("Some metrics are missing", e);
            }
        }
        return registry().scrape();
    }

    private synchronized PrometheusMeterRegistry registry() {
        PrometheusMeterRegistry made = registry;
        if (made == null) {
            made = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
            registry = made;
        }
        return made;
    }

    /** Where plugins' metrics go. */
    @FunctionalInterface
    interface Registry {
        MeterRegistry get();
    }
}
