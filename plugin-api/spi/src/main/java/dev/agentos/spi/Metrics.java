package dev.agentos.spi;

import java.time.Duration;

/**
 * What a plugin counts and measures of itself, to be seen in the server's {@code GET /metrics}.
 *
 * <p>A name is lower-case words with dots, as in {@code cache.hits}; of the plugin {@code weather-tool} the server
 * shows it as {@code agentos_plugin_weather_tool_cache_hits_total} with the label {@code plugin}. Tags are names and
 * values in turn, at most four: {@code metrics.count("cache.hits", 1, "store", "disk")}. A value of a tag is one of a
 * few, never an id or what a user wrote: a plugin has at most 100 series, a series being a name with its tags' values,
 * and what would be more is dropped, of which the log tells once. A name keeps its kind and the names of its tags.
 */
public interface Metrics {

    /**
     * Adds to a counter, which only grows.
     *
     * @param amount not negative
     * @throws IllegalArgumentException if the name, the tags or the amount have another form
     */
    void count(String name, double amount, String... tags);

    /** Measures how long something took; shown as a number of times, a sum and a maximum in seconds. */
    void time(String name, Duration taken, String... tags);

    /** Sets what goes up and down to its value of now. */
    void gauge(String name, double value, String... tags);
}
