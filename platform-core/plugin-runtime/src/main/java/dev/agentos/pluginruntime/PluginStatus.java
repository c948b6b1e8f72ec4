package dev.agentos.pluginruntime;

import dev.agentos.kernel.Failure;
import dev.agentos.pluginruntime.consent.ToolTexts;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Permissions;
import dev.agentos.spi.ToolDescription;
import dev.agentos.verifier.bill.BillOfMaterials;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An installed plugin as an administrator sees it.
 *
 * @param plugin the version in force
 * @param description what its manifest says it is; may be empty
 * @param isolated whether it runs in a process of its own
 * @param state where it stands on this server
 * @param failure why it is not started
 * @param previous the version to which a rollback returns
 * @param pending an update that waits for consent
 * @param callsInFlight calls into the version in force at this moment
 * @param versions what of it is loaded on this server, the oldest first; the one in force, and those that come and go
 * @param configuration what the administrator configured
 * @param settings the JSON Schema of its configuration; empty when it says nothing of it
 * @param extensions what it contributes while it is started
 * @param denials what the version in force tried without a permission for it
 * @param components what it says it is made of, as package URLs; empty when it says nothing
 * @param withheld the tools that are switched off because they say another thing of themselves than was agreed to
 */
public record PluginStatus(
        PluginVersion plugin,
        String description,
        boolean isolated,
        PluginState state,
        Optional<Failure> failure,
        Optional<String> previous,
        Optional<Pending> pending,
        int callsInFlight,
        List<Loaded> versions,
        JsonObject configuration,
        JsonObject settings,
        List<ExtensionListing> extensions,
        List<Denied> denials,
        Optional<List<String>> components,
        List<Withheld> withheld) {
    public PluginStatus {
        versions = List.copyOf(versions);
        extensions = List.copyOf(extensions);
        denials = List.copyOf(denials);
        components = components.map(List::copyOf);
        withheld = List.copyOf(withheld);
    }

    /** An installed plugin of which that version is in force, if any. */
    static PluginStatus of(
            InstalledPlugin row,
            PluginState state,
            Optional<Failure> failure,
            PluginRows rows,
            Optional<LoadedPlugin> loaded,
            List<Loaded> versions) {
        Optional<PluginFile> file = rows.readable(row);
        return new PluginStatus(
                row.plugin(),
                file.map(PluginFile::description).orElse(""),
                row.isolated(),
                state,
                failure,
                row.previous().map(InstalledPlugin.Release::version),
                row.pending().flatMap(pending -> rows.pending(row, pending)),
                loaded.map(LoadedPlugin::callsInFlight).orElse(0),
                versions,
                row.configuration(),
                file.map(PluginFile::settings).orElse(JsonObject.EMPTY),
                loaded.map(ExtensionRegistry::listings).orElse(List.of()),
                loaded.map(LoadedPlugin::denials).orElse(List.of()),
                file.flatMap(PluginFile::bill).map(BillOfMaterials::references),
                withheld(row, loaded));
    }

    private static List<Withheld> withheld(InstalledPlugin row, Optional<LoadedPlugin> loaded) {
        Map<String, ToolTexts.Agreed> agreed = row.release().tools().orElse(Map.of());
        return loaded.map(LoadedPlugin::withheld).orElse(List.of()).stream()
                .map(tool -> new Withheld(tool, Optional.ofNullable(agreed.get(tool.name()))))
                .toList();
    }

    /** A plugin of which nothing is known but that it is on its way. */
    static PluginStatus installing(PluginVersion plugin) {
        return new PluginStatus(
                plugin,
                "",
                false,
                PluginState.INSTALLING,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                List.of(),
                JsonObject.EMPTY,
                JsonObject.EMPTY,
                List.of(),
                List.of(),
                Optional.empty(),
                List.of());
    }

    /** What a loaded version is there for. */
    public enum Phase {
        /** It was started beside the one in force and will take over. */
        STARTING,
        /** New calls go to it. */
        IN_FORCE,
        /** It was replaced or switched off; calls that are inside it end, then it is unloaded. */
        DRAINING
    }

    /**
     * A version that is loaded on this server.
     *
     * @param plugin the version; the same one twice while it is restarted
     * @param phase what it is there for
     * @param callsInFlight calls inside it at this moment
     * @param executions how many executions these calls are of; calls outside executions are of none
     */
    public record Loaded(PluginVersion plugin, Phase phase, int callsInFlight, int executions) {}

    /**
     * An update that asks for more than was granted; the version in force goes on.
     *
     * @param plugin its version and the file to consent to
     * @param changes what it may do more or less
     */
    public record Pending(PluginVersion plugin, List<Permissions.Change> changes) {
        public Pending {
            changes = List.copyOf(changes);
        }
    }

    /**
     * A tool that is switched off because of what it says.
     *
     * @param tool what it says
     * @param agreed what was agreed to; empty for a tool that was not there then
     */
    public record Withheld(ToolDescription tool, Optional<ToolTexts.Agreed> agreed) {}

    /**
     * An act that was refused.
     *
     * @param permission what the plugin lacks, as in {@code fs.read /etc/passwd}
     * @param at the method of the JDK that it came to first; {@code host} when it asked the host
     * @param count how often
     */
    public record Denied(String permission, String at, long count) {}
}
