package dev.agentos.testkit;

import dev.agentos.spi.Metrics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Keeps what a plugin measured. Safe for use by several threads. */
public final class RecordedMetrics implements Metrics {

    private final Map<String, Double> values = new TreeMap<>();

    @Override
    public synchronized void count(String name, double amount, String... tags) {
        if (!(amount >= 0)) {
            throw new IllegalArgumentException("A counter does not grow by " + amount);
        }
        values.merge(series(name, tags), amount, Double::sum);
    }

    @Override
    public synchronized void time(String name, Duration taken, String... tags) {
        values.merge(series(name, tags), 1.0, Double::sum);
    }

    @Override
    public synchronized void gauge(String name, double value, String... tags) {
        values.put(series(name, tags), value);
    }

    /**
     * The value of a series: a counter's sum, how often something was timed, a gauge's last value; 0 when it was never
     * measured. The tags stand in the order in which the plugin gives them.
     */
    public synchronized double value(String name, String... tags) {
        return values.getOrDefault(series(name, tags), 0.0);
    }

    private static String series(String name, String... tags) {
        if (tags.length % 2 != 0) {
            throw new IllegalArgumentException("Tags are names and values in turn");
        }
        return name + List.of(tags);
    }
}
