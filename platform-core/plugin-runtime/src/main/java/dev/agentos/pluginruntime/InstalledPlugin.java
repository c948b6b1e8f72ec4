package dev.agentos.pluginruntime;

import dev.agentos.pluginruntime.consent.ToolTexts;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Permission;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * What the store knows of an installed plugin: the truth that each node follows.
 *
 * @param id the plugin's id
 * @param release the version in force, with what was granted to exactly these bytes
 * @param previous the version before it, to which a rollback returns
 * @param pending an update that asks for more than was granted, and waits for consent
 * @param enabled whether it shall be started
 * @param configuration what the administrator configured; empty when nothing
 * @param isolated whether it runs in a process of its own
 * @param generation the platform-wide generation of the last change to this row
 * @param installation by which operation it was installed, however often it was swapped since: what another of its name
 *     has left is not its own; empty when that was not written down
 */
public record InstalledPlugin(
        String id,
        Release release,
        Optional<Release> previous,
        Optional<Release> pending,
        boolean enabled,
        JsonObject configuration,
        boolean isolated,
        long generation,
        String installation) {

    /** What passes whatever is said of a plugin. */
    public static final Consumer<InstalledPlugin> ANY = any -> {};

    /** One that runs in the server's process. */
    public InstalledPlugin(
            String id,
            Release release,
            Optional<Release> previous,
            Optional<Release> pending,
            boolean enabled,
            JsonObject configuration,
            long generation) {
        this(id, release, previous, pending, enabled, configuration, false, generation, "");
    }

    /**
     * A version of the plugin and the grants bound to its bytes.
     *
     * @param version the version, as the manifest has it
     * @param sha512 the file's SHA-512 in lower-case hexadecimal digits
     * @param grants what the administrator granted
     * @param tools what its tools said of themselves when it was first started, or was agreed to since, by name; empty
     *     before
     * @param registry of an update that waits: the fingerprint of the key of the registry that offered it, which has no
     *     digits for the server's own; empty for an upload
     */
    public record Release(
            String version,
            String sha512,
            List<Permission> grants,
            Optional<Map<String, ToolTexts.Agreed>> tools,
            Optional<String> registry) {
        public Release {
            grants = List.copyOf(grants);
            tools = tools.map(Map::copyOf);
        }

        /** One that does not wait. */
        public Release(
                String version, String sha512, List<Permission> grants, Optional<Map<String, ToolTexts.Agreed>> tools) {
            this(version, sha512, grants, tools, Optional.empty());
        }

        /** One that was not started yet. */
        public Release(String version, String sha512, List<Permission> grants) {
            this(version, sha512, grants, Optional.empty());
        }

        private boolean isOf(PluginVersion plugin) {
            return sha512.equals(plugin.sha512());
        }

        /** An update that waits for consent. */
        static Release waiting(PluginVersion plugin, Optional<String> registry) {
            return new Release(plugin.version(), plugin.sha512(), List.of(), Optional.empty(), registry);
        }

        /** From where it is taken once somebody consents: from where it was offered. */
        InstallRequest.Source source(PluginFile kept) {
            return registry.<InstallRequest.Source>map(from -> new InstallRequest.Offered(kept.plugin(), from))
                    .orElseGet(() -> new InstallRequest.Upload(kept.path()));
        }
    }

    /** The version in force. */
    public PluginVersion plugin() {
        return new PluginVersion(id, release.version(), release.sha512());
    }

    GrantedPermissions grants() {
        return new GrantedPermissions(plugin(), release.grants());
    }

    /**
     * The row of a version that is being installed, or takes the place of another.
     *
     * @param operation what does it
     */
    static InstalledPlugin installed(
            PluginVersion plugin, List<Permission> grants, Optional<InstalledPlugin> before, String operation) {
        // One that takes its own place is followed by nothing new: what was before it, or waits, stays so.
        Optional<InstalledPlugin> same = before.filter(row -> row.release().isOf(plugin));
        Optional<Map<String, ToolTexts.Agreed>> heard = before.stream()
                .flatMap(row -> Stream.concat(Stream.of(row.release()), row.previous().stream()))
                .filter(release -> release.isOf(plugin))
                .findFirst()
                .flatMap(Release::tools);
        return new InstalledPlugin(
                plugin.plugin(),
                new Release(plugin.version(), plugin.sha512(), grants, heard),
                same.isPresent() ? same.flatMap(InstalledPlugin::previous) : before.map(InstalledPlugin::release),
                same.flatMap(InstalledPlugin::pending),
                true,
                before.map(InstalledPlugin::configuration).orElse(JsonObject.EMPTY),
                before.map(InstalledPlugin::isolated).orElse(false),
                before.map(InstalledPlugin::generation).orElse(0L),
                before.map(InstalledPlugin::installation).orElse(operation));
    }

    InstalledPlugin withEnabled(boolean wanted) {
        return new InstalledPlugin(
                id, release, previous, pending, wanted, configuration, isolated, generation, installation);
    }

    InstalledPlugin withIsolated(boolean wanted) {
        return new InstalledPlugin(
                id, release, previous, pending, enabled, configuration, wanted, generation, installation);
    }

    InstalledPlugin withConfiguration(JsonObject wanted) {
        return new InstalledPlugin(id, release, previous, pending, enabled, wanted, isolated, generation, installation);
    }

    InstalledPlugin withTools(Optional<Map<String, ToolTexts.Agreed>> tools) {
        Release held = new Release(release.version(), release.sha512(), release.grants(), tools);
        return new InstalledPlugin(
                id, held, previous, pending, enabled, configuration, isolated, generation, installation);
    }

    InstalledPlugin withGrants(List<Permission> grants) {
        Release granted = new Release(release.version(), release.sha512(), grants, release.tools());
        return new InstalledPlugin(
                id, granted, previous, pending, enabled, configuration, isolated, generation, installation);
    }

    InstalledPlugin withPending(Optional<Release> wanted) {
        return new InstalledPlugin(
                id, release, previous, wanted, enabled, configuration, isolated, generation, installation);
    }

    /** The version before; {@code plugin:NO_PREVIOUS_VERSION} when there is none. */
    Release requirePrevious() {
        return previous.orElseThrow(() -> new AgentOsException(
                PluginErrorCode.NO_PREVIOUS_VERSION,
                "Plugin " + plugin() + " has no version before it.",
                "Swap it for the version that you want."));
    }

    /** The version before in force, and this one before it. */
    InstalledPlugin rolledBack() {
        return new InstalledPlugin(
                id,
                requirePrevious(),
                Optional.of(release),
                pending,
                true,
                configuration,
                isolated,
                generation,
                installation);
    }

    /** The releases whose files are kept. */
    Stream<Release> releases() {
        return Stream.of(Optional.of(release), previous, pending).flatMap(Optional::stream);
    }

    /** The same, as it is kept by that change. */
    public InstalledPlugin withGeneration(long changed) {
        return new InstalledPlugin(
                id, release, previous, pending, enabled, configuration, isolated, changed, installation);
    }
}
