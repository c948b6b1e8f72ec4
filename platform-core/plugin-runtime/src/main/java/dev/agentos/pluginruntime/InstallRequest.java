package dev.agentos.pluginruntime;

import dev.agentos.spi.AgentOsException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What an administrator wants installed, and what for.
 *
 * @param source where the plugin comes from
 * @param consent what the administrator accepts
 * @param isolated whether it shall run in a process of its own; as before when empty, and at first as {@link Isolation}
 *     says
 * @param by the id of the principal that wants it, who cannot agree to it when somebody has to; empty for the server
 */
public record InstallRequest(Source source, Consent consent, Optional<Boolean> isolated, Optional<String> by) {

    /** What the server wants. */
    public InstallRequest(Source source, Consent consent) {
        this(source, consent, Optional.empty(), Optional.empty());
    }

    /** To grant an installed plugin what a consent gives, and just this file of it. */
    static InstallRequest granting(PluginFile file, Consent consent, Optional<String> by) {
        return new InstallRequest(new Upload(file.path()), consent.of(file.plugin()), Optional.empty(), by);
    }

    /**
     * The id of the plugin that is asked for.
     *
     * @throws AgentOsException {@code plugin:INVALID_PLUGIN} for a file that is none
     */
    String plugin() {
        return switch (source) {
            case Upload(Path file) -> PluginFile.read(file).plugin().plugin();
            case Release(String plugin, String range) -> plugin;
            case Offered(PluginVersion plugin, String registry) -> plugin.plugin();
        };
    }

    /**
     * Refuses what is not what was asked for, as when a file was replaced since it was looked at.
     *
     * @throws AgentOsException {@code plugin:DIGEST_CHANGED}
     */
    void require(String plugin, PluginVersion found) {
        if (!found.plugin().equals(plugin)) {
            throw new AgentOsException(
                    PluginErrorCode.DIGEST_CHANGED,
                    "The file was of plugin '" + plugin + "' and is of plugin " + found + " now.",
                    "Install it again, from a file that nobody writes to.");
        }
        consent.require(found);
    }

    /** Where a plugin comes from. */
    public sealed interface Source {}

    /**
     * A file that was uploaded to a staging area; it is read, not moved or removed.
     *
     * @param file the plugin's JAR
     */
    public record Upload(Path file) implements Source {}

    /**
     * A release of the marketplace.
     *
     * @param plugin the plugin's id
     * @param range a version, or a range as {@code >=1.2.0 & <2.0.0}; {@code *} for the newest
     */
    public record Release(String plugin, String range) implements Source {}

    /**
     * Exactly a release that was offered before: its registry is asked whether it still offers just that, and no other
     * registry will do.
     *
     * @param plugin the version, with the digest of its file
     * @param registry the fingerprint of the key of the registry that offered it; empty for the server's own
     */
    public record Offered(PluginVersion plugin, String registry) implements Source {}
}
