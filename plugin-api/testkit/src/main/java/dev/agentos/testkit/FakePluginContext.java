package dev.agentos.testkit;

import dev.agentos.spi.ErrorType;
import dev.agentos.spi.HttpAccess;
import dev.agentos.spi.HttpRequest;
import dev.agentos.spi.HttpResponse;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.PluginContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * A plugin's context for tests: what the test sets, and everything granted.
 *
 * @param pluginId the plugin's id
 * @param pluginVersion the plugin's version
 * @param configuration what the administrator gave
 * @param secrets values by name
 * @param clock the server's clock
 * @param http answers the plugin's requests
 * @param metrics keeps what the plugin measured
 */
public record FakePluginContext(
        String pluginId,
        String pluginVersion,
        JsonObject configuration,
        Map<String, String> secrets,
        InstantSource clock,
        HttpAccess http,
        RecordedMetrics metrics)
        implements PluginContext {

    public FakePluginContext {
        secrets = Map.copyOf(secrets);
    }

    /** A context without configuration, secrets and network, by the system's clock. */
    public static FakePluginContext of(String pluginId) {
        HttpAccess nothing = new AnsweredHttp(request -> {
            throw FakeCallContext.failure(
                    "http", "UNREACHABLE", ErrorType.EXTERNAL, "Nothing answers " + request + ".");
        });
        return new FakePluginContext(
                pluginId, "0.1.0", JsonObject.EMPTY, Map.of(), InstantSource.system(), nothing, new RecordedMetrics());
    }

    /** The same with that configuration. */
    public FakePluginContext configured(JsonObject other) {
        return new FakePluginContext(pluginId, pluginVersion, other, secrets, clock, http, metrics);
    }

    /** The same with one more secret. */
    public FakePluginContext withSecret(String name, String value) {
        Map<String, String> more = new TreeMap<>(secrets);
        more.put(name, value);
        return new FakePluginContext(pluginId, pluginVersion, configuration, more, clock, http, metrics);
    }

    /** The same with that answer to each request; nothing is connected. */
    public FakePluginContext answering(Function<HttpRequest, HttpResponse> answer) {
        return new FakePluginContext(
                pluginId, pluginVersion, configuration, secrets, clock, new AnsweredHttp(answer), metrics);
    }

    @Override
    public Optional<String> secret(String name) {
        return Optional.ofNullable(secrets.get(name));
    }

    @Override
    public Path dataFolder() {
        return folder("data");
    }

    @Override
    public Path temporaryFolder() {
        return folder("temp");
    }

    /** Kept between tests as it is between versions of a plugin. */
    private Path folder(String name) {
        try {
            return Files.createDirectories(
                            Path.of(System.getProperty("java.io.tmpdir"), "agentos-testkit", pluginId, name))
                    .toRealPath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public System.Logger logger() {
        return System.getLogger(pluginId);
    }

    /** Without the secrets' values. */
    @Override
    public String toString() {
        return "FakePluginContext[" + pluginId + " " + pluginVersion + "]";
    }
}
