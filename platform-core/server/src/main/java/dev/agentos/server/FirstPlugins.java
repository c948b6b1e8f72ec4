package dev.agentos.server;

import dev.agentos.audit.Audit;
import dev.agentos.audit.AuditEntry;
import dev.agentos.audit.AuditEntry.Outcome;
import dev.agentos.kernel.Operation;
import dev.agentos.kernel.Operations;
import dev.agentos.pluginruntime.Consent;
import dev.agentos.pluginruntime.InstallRequest;
import dev.agentos.pluginruntime.PluginService;
import dev.agentos.registryclient.RegistryClient;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a new installation has from its first start: the web console, which serves its own pages and may do nothing
 * else. Whoever removes it is not given it again. Nobody asked for it, so the records say that the server did.
 */
record FirstPlugins(
        PluginService plugins, RegistryClient registry, Operations operations, Audit audit, InstantSource clock) {

    private static final Logger LOG = LoggerFactory.getLogger(FirstPlugins.class);
    private static final String CONSOLE = "console";
    private static final Permission ITS_PAGES = Permission.of(PermissionKind.HTTP_ROUTE, "/" + CONSOLE + "/**");

    /** Begins the installation; the server does not wait for it. */
    void install() {
        try {
            if (registry.newestFor(CONSOLE, AgentOsServer.VERSION).isPresent()) {
                Operation begun = plugins.install(
                        new InstallRequest(new InstallRequest.Release(CONSOLE, "*"), Consent.of(Set.of(ITS_PAGES))));
                operations.whenEnded(begun.id(), this::record);
            }
        } catch (AgentOsException e) {
            LOG.warn("The console was not installed. {} {}", e.getMessage(), e.action());
        }
    }

    private void record(Operation ended) {
        JsonObject details = JsonObject.of(
                "operation",
                ended.id(),
                "state",
                ended.state().name(),
                "granted",
                List.of(ITS_PAGES.toString()),
                "reason",
                "A new installation begins with the console.");
        audit.note(new AuditEntry(
                Optional.empty(),
                clock.instant().truncatedTo(ChronoUnit.MICROS),
                "server",
                "installPlugin",
                JsonObject.of("id", CONSOLE),
                ended.state() == Operation.State.SUCCEEDED ? Outcome.DONE : Outcome.FAILED,
                ended.failure()
                        .map(failure -> details.with("code", failure.code()))
                        .orElse(details)));
    }
}
