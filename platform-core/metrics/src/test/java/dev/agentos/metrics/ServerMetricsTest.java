package dev.agentos.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.agentos.spi.Metrics;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ServerMetricsTest {

    private final ServerMetrics server = new ServerMetrics();
    private final Metrics weather = shown("weather-tool");

    private Metrics shown(String plugin) {
        Metrics own = server.ofPlugin(plugin);
        server.show(plugin, own);
        return own;
    }

    @Test
    void whatAPluginMeasuresIsShown() {
        weather.count("cache.hits", 1, "store", "disk");
        weather.count("cache.hits", 2, "store", "disk");
        weather.time("request", Duration.ofMillis(250));
        weather.gauge("queue.length", 7);
        weather.gauge("queue.length", 3);
        shown("other").count("cache.hits", 5, "store", "a\"b\\c");
        assertThat(server.scrape().lines())
                .contains(
                        "# TYPE agentos_plugin_weather_tool_cache_hits_total counter",
                        "agentos_plugin_weather_tool_cache_hits_total{plugin=\"weather-tool\",store=\"disk\"} 3.0",
                        "agentos_plugin_other_cache_hits_total{plugin=\"other\",store=\"a\\\"b\\\\c\"} 5.0",
                        "agentos_plugin_weather_tool_request_seconds_count{plugin=\"weather-tool\"} 1",
                        "agentos_plugin_weather_tool_request_seconds_sum{plugin=\"weather-tool\"} 0.25",
                        "agentos_plugin_weather_tool_queue_length{plugin=\"weather-tool\"} 3.0");
    }

    @Test
    void seriesBeyondTheBoundAreDroppedWithOneWarning() {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        Logger logger = (Logger) LoggerFactory.getLogger(PluginMetrics.class);
        logger.addAppender(log);
        try {
            for (int i = 0; i < 1_000; i++) {
                weather.count("users", 1, "user", "u" + i);
            }
            weather.count("users", 1, "user", "u0");
        } finally {
            logger.detachAppender(log);
        }
        assertThat(server.scrape().lines().filter(line -> line.startsWith("agentos_plugin_weather_tool_users_total{")))
                .hasSize(PluginMetrics.MOST_SERIES)
                .contains("agentos_plugin_weather_tool_users_total{plugin=\"weather-tool\",user=\"u0\"} 2.0");
        assertThat(log.list)
                .singleElement()
                .extracting(ILoggingEvent::getFormattedMessage)
                .asString()
                .contains("weather-tool", "more than 100 series");
    }

    @Test
    void aNameKeepsItsShape() {
        weather.count("things", 1, "a", "x");
        weather.count("things", 1);
        weather.gauge("things", 9, "a", "x");
        weather.count("things", 1, "b", "x");
        assertThat(server.scrape().lines().filter(line -> line.startsWith("agentos_plugin_weather_tool_things")))
                .containsExactly("agentos_plugin_weather_tool_things_total{a=\"x\",plugin=\"weather-tool\"} 1.0");
    }

    @Test
    void badNamesTagsAndValuesAreRefused() {
        assertThatThrownBy(() -> weather.count("Bad Name", 1)).hasMessageContaining("Bad Name");
        assertThatThrownBy(() -> weather.count("a\n# TYPE x", 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> weather.count("a", -1)).hasMessageContaining("-1");
        assertThatThrownBy(() -> weather.count("a", Double.NaN)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> weather.count("a", 1, "tag")).hasMessageContaining("in turn");
        assertThatThrownBy(() -> weather.count("a", 1, "plugin", "another")).hasMessageContaining("plugin");
        assertThatThrownBy(() -> weather.count("a", 1, "t", "x\ny")).hasMessageContaining("characters");
        assertThatThrownBy(() -> weather.time("a", Duration.ofMillis(-1))).hasMessageContaining("no time");
    }

    @Test
    void whatAGonePluginMeasuredIsGone() {
        weather.count("hits", 1);
        weather.gauge("length", 1);
        server.forget("weather-tool", weather);
        weather.count("hits", 1);
        assertThat(server.scrape()).doesNotContain("weather");
        shown("weather-tool").count("hits", 4);
        assertThat(server.scrape()).contains("agentos_plugin_weather_tool_hits_total{plugin=\"weather-tool\"} 4.0");
    }

    @Test
    void anotherVersionBeginsAnewAndMayGiveANameAnotherShape() {
        weather.count("hits", 7);
        Metrics next = server.ofPlugin("weather-tool");
        next.count("hits", 1, "store", "disk");
        assertThat(server.scrape()).contains("agentos_plugin_weather_tool_hits_total{plugin=\"weather-tool\"} 7.0");
        Metrics refused = server.ofPlugin("weather-tool");
        refused.count("hits", 100);
        server.forget("weather-tool", refused);
        server.show("weather-tool", next);
        weather.count("hits", 1);
        server.forget("weather-tool", weather);
        assertThat(server.scrape().lines().filter(line -> line.startsWith("agentos_plugin_weather")))
                .containsExactly("agentos_plugin_weather_tool_hits_total{plugin=\"weather-tool\",store=\"disk\"} 1.0");
    }

    @Test
    void totalsOfOthersAreAskedForWhenSomebodyLooks() {
        AtomicLong denials = new AtomicLong(2);
        server.onScrape(() -> server.total("agentos.plugins.denials", denials.get(), "plugin", "p"));
        assertThat(server.scrape()).contains("agentos_plugins_denials_total{plugin=\"p\"} 2.0");
        denials.set(5);
        assertThat(server.scrape()).contains("agentos_plugins_denials_total{plugin=\"p\"} 5.0");
    }
}
