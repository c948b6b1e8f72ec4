package dev.agentos.server;

import dev.agentos.audit.Audit;
import dev.agentos.audit.AuditEntry;
import dev.agentos.audit.AuditEntry.Outcome;
import dev.agentos.pluginruntime.PluginService;
import dev.agentos.pluginruntime.PluginSettings;
import dev.agentos.pluginruntime.PluginState;
import dev.agentos.pluginruntime.PluginStatus;
import dev.agentos.pluginruntime.consent.ToolTexts;
import dev.agentos.spi.JsonObject;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Keeps records, in the platform's chain, of what plugins do of their own accord: each permission that one was denied,
 * once, that a tool says what nobody has agreed to, and that one has failed or was switched off.
 */
final class PluginRecords {

    private final PluginService plugins;
    private final Audit audit;
    private final InstantSource clock;
    private final Set<String> told = new HashSet<>();

    PluginRecords(PluginService plugins, Audit audit, InstantSource clock) {
        this.plugins = plugins;
        this.audit = audit;
        this.clock = clock;
    }

    /** Looks for what was not recorded yet; on one thread. */
    void look() {
        for (PluginStatus plugin : plugins.list()) {
            String version = plugin.plugin().plugin() + " " + plugin.plugin().version();
            plugin.denials().forEach(denied -> {
                if (told.add(version + " denied " + denied.permission())) {
                    note(
                            plugin,
                            "permissionDenied",
                            JsonObject.of("permission", AuditEntry.readable(denied.permission())));
                }
            });
            plugin.withheld().forEach(withheld -> {
                String sha256 = ToolTexts.digest(withheld.tool());
                if (told.add(version + " withheld " + sha256)) {
                    note(
                            plugin,
                            "toolTextChanged",
                            JsonObject.of("tool", withheld.tool().name(), "sha256", sha256));
                }
            });
            String why = plugin.failure().map(failure -> failure.message()).orElse("");
            if (plugin.state() == PluginState.FAILED && told.add(version + " failed " + why)) {
                note(plugin, "pluginFailed", JsonObject.of("why", AuditEntry.readable(why)));
            }
        }
    }

    private void note(PluginStatus plugin, String action, JsonObject details) {
        audit.note(new AuditEntry(
                Optional.empty(),
                clock.instant().truncatedTo(ChronoUnit.MICROS),
                "plugin " + plugin.plugin().plugin(),
                action,
                JsonObject.of(
                        "plugin",
                        plugin.plugin().plugin(),
                        "version",
                        plugin.plugin().version()),
                Outcome.REFUSED,
                details));
    }

    /** That the server was started so that plugins which nobody signed may be installed, or which nothing holds. */
    void startedWith(List<PluginSettings.Warning> warnings) {
        warnings.forEach(warning -> audit.note(new AuditEntry(
                Optional.empty(),
                clock.instant().truncatedTo(ChronoUnit.MICROS),
                "server",
                warning.setting().equals("allow-unsigned") ? "startedWithAllowUnsigned" : "startedWithUnsafePlugins",
                JsonObject.EMPTY,
                Outcome.DONE,
                JsonObject.of("why", warning.message()))));
    }
}
