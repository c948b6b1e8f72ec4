package dev.agentos.spi;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;

/** What the host lends to one version of a plugin for as long as it is started. */
public interface PluginContext {

    /** The plugin's id, as in its manifest. */
    String pluginId();

    /** The plugin's version, as in its manifest. */
    String pluginVersion();

    /** The configuration that the administrator gave to the plugin; empty when none was given. */
    JsonObject configuration();

    /**
     * The value of a secret. Needs the granted permission {@code secret.read name}. Never log it.
     *
     * @return empty when the secret is not set
     * @throws AgentOsException {@code plugin:PERMISSION_DENIED} without the grant
     */
    Optional<String> secret(String name);

    /**
     * The plugin's own folder for what it keeps; {@code ${data}} in its permissions. It outlives the plugin's versions.
     * To use it needs the granted permissions {@code fs.read}, {@code fs.write}, {@code fs.delete}.
     */
    Path dataFolder();

    /** The plugin's own folder for what it can make anew; {@code ${temp}} in its permissions. */
    Path temporaryFolder();

    /** Requests over HTTP that the host makes for the plugin; each needs the granted permission {@code net.connect}. */
    HttpAccess http();

    /** What the plugin counts and measures of itself. */
    Metrics metrics();

    /** Writes to the server's log under the plugin's id. */
    System.Logger logger();

    /** The server's clock. */
    InstantSource clock();
}
