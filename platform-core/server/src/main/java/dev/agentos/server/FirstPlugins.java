package dev.agentos.server;

import dev.agentos.pluginruntime.Consent;
import dev.agentos.pluginruntime.InstallRequest;
import dev.agentos.pluginruntime.PluginService;
import dev.agentos.registryclient.RegistryClient;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a new installation has from its first start: the web console, which serves its own pages and may do nothing
 * else. Whoever removes it is not given it again.
 */
final class FirstPlugins {

    private static final Logger LOG = LoggerFactory.getLogger(FirstPlugins.class);
    private static final String CONSOLE = "console";
    private static final Permission ITS_PAGES = Permission.of(PermissionKind.HTTP_ROUTE, "/" + CONSOLE + "/**");

    private FirstPlugins() {}

    /** Begins the installation; the server does not wait for it. */
    static void install(PluginService plugins, RegistryClient registry) {
        try {
            if (registry.newestFor(CONSOLE, AgentOsServer.VERSION).isPresent()) {
                plugins.install(
                        new InstallRequest(new InstallRequest.Release(CONSOLE, "*"), Consent.of(Set.of(ITS_PAGES))));
            }
        } catch (AgentOsException e) {
            LOG.warn("The console was not installed. {} {}", e.getMessage(), e.action());
        }
    }
}
