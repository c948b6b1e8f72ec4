package dev.agentos.provideropenai;

import dev.agentos.spi.HttpAccess;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Metrics;
import dev.agentos.spi.PluginContext;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/** A context that stays the same while its secrets change, as the server's do. */
final class ChangingSecrets implements PluginContext {

    private final PluginContext other;
    private final Map<String, String> secrets;

    ChangingSecrets(PluginContext other, Map<String, String> secrets) {
        this.other = other;
        this.secrets = secrets;
    }

    @Override
    public Optional<String> secret(String name) {
        return Optional.ofNullable(secrets.get(name));
    }

    @Override
    public String pluginId() {
        return other.pluginId();
    }

    @Override
    public String pluginVersion() {
        return other.pluginVersion();
    }

    @Override
    public JsonObject configuration() {
        return other.configuration();
    }

    @Override
    public Path dataFolder() {
        return other.dataFolder();
    }

    @Override
    public Path temporaryFolder() {
        return other.temporaryFolder();
    }

    @Override
    public HttpAccess http() {
        return other.http();
    }

    @Override
    public Metrics metrics() {
        return other.metrics();
    }

    @Override
    public System.Logger logger() {
        return other.logger();
    }

    @Override
    public InstantSource clock() {
        return other.clock();
    }
}
