package dev.agentos.pluginruntime;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import dev.agentos.spi.PluginContext;
import java.time.InstantSource;
import java.util.Optional;

/** What the host lends to one loaded plugin version. */
final class HostPluginContext implements PluginContext {

    private final GrantedPermissions grants;
    private final JsonObject configuration;
    private final SecretSource secrets;
    private final InstantSource clock;
    private final System.Logger logger;

    HostPluginContext(
            GrantedPermissions grants, JsonObject configuration, SecretSource secrets, InstantSource clock) {
        this.grants = grants;
        this.configuration = configuration;
        this.secrets = secrets;
        this.clock = clock;
        this.logger = new PluginLogger(grants.plugin().plugin());
    }

    @Override
    public String pluginId() {
        return grants.plugin().plugin();
    }

    @Override
    public String pluginVersion() {
        return grants.plugin().version();
    }

    @Override
    public JsonObject configuration() {
        return configuration;
    }

    @Override
    public Optional<String> secret(String name) {
        grants.require(Permission.of(PermissionKind.SECRET_READ, name));
        return secrets.secret(name);
    }

    @Override
    public System.Logger logger() {
        return logger;
    }

    /** A clock of its own, so that the host's object is not handed out. */
    @Override
    public InstantSource clock() {
        return () -> clock.instant();
    }
}
