package dev.agentos.pluginworker;

import dev.agentos.spi.HttpAccess;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Metrics;
import dev.agentos.spi.PluginContext;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** What the host lends to a plugin, as the plugin has it in its own process. */
final class RemotePluginContext implements PluginContext {

    private final Asking asking;
    private final Lent lent;
    private final long number;
    private final JsonObject configuration;
    private final RemoteLogger logger;

    /**
     * What is here already and needs nothing of the server.
     *
     * @param http requests that the grants are checked for in this process
     */
    record Lent(String plugin, String version, Path data, Path temporary, HttpAccess http) {}

    RemotePluginContext(Asking asking, Lent lent, long number, JsonObject configuration) {
        this.asking = asking;
        this.lent = lent;
        this.number = number;
        this.configuration = configuration;
        this.logger = new RemoteLogger("plugin." + lent.plugin(), asking);
    }

    /** The same as a tenant has it. */
    RemotePluginContext with(long other, JsonObject settings) {
        return new RemotePluginContext(asking, lent, other, settings);
    }

    @Override
    public String pluginId() {
        return lent.plugin();
    }

    @Override
    public String pluginVersion() {
        return lent.version();
    }

    @Override
    public JsonObject configuration() {
        return configuration;
    }

    @Override
    public Optional<String> secret(String name) {
        return asking.ask(0, JsonObject.of("ask", "secret", "context", number, "name", name))
                .text("value");
    }

    @Override
    public Path dataFolder() {
        return lent.data();
    }

    @Override
    public Path temporaryFolder() {
        return lent.temporary();
    }

    @Override
    public HttpAccess http() {
        return lent.http();
    }

    @Override
    public Metrics metrics() {
        return new RemoteMetrics(asking);
    }

    @Override
    public System.Logger logger() {
        return logger;
    }

    @Override
    public InstantSource clock() {
        return InstantSource.system();
    }

    /** Measurements on their way to the server. */
    private record RemoteMetrics(Asking asking) implements Metrics {
        @Override
        public void count(String name, double amount, String... tags) {
            asking.note(JsonObject.of("note", "count", "name", name, "amount", amount, "tags", List.of(tags)));
        }

        @Override
        public void time(String name, Duration taken, String... tags) {
            asking.note(JsonObject.of("note", "time", "name", name, "nanos", taken.toNanos(), "tags", List.of(tags)));
        }

        @Override
        public void gauge(String name, double value, String... tags) {
            asking.note(JsonObject.of("note", "gauge", "name", name, "amount", value, "tags", List.of(tags)));
        }
    }
}
