package dev.agentos.pluginruntime;

import dev.agentos.spi.AgentOsException;
import java.nio.file.Path;
import java.util.Optional;

/** Where plugins are downloaded from: a marketplace. */
public interface ReleaseSource {

    /** Knows no release. */
    ReleaseSource NONE = new ReleaseSource() {
        @Override
        public Optional<Found> resolve(String plugin, String range) {
            return Optional.empty();
        }

        @Override
        public void download(Found release, Path target, Progress progress) {
            throw new IllegalStateException("There is no release to download");
        }
    };

    /**
     * The newest release that fits.
     *
     * @param plugin the plugin's id
     * @param range a version, or a range as {@code >=1.2.0 & <2.0.0}; {@code *} for any
     * @throws AgentOsException if the source cannot be asked
     */
    Optional<Found> resolve(String plugin, String range);

    /**
     * Writes the release's file to the target, which does not exist yet. The caller checks the digest.
     *
     * @throws AgentOsException if the source cannot be asked
     */
    void download(Found release, Path target, Progress progress);

    /**
     * A release on offer.
     *
     * @param plugin which release of which plugin, and the digest of its file
     * @param bytes the file's size; 0 when unknown
     * @param registry the fingerprint of the registry's key; empty for the server's own registry
     */
    record Found(PluginVersion plugin, long bytes, String registry) {}

    /** Hears how far a download is. */
    @FunctionalInterface
    interface Progress {
        /** So many bytes of so many are there; the total is 0 when unknown. */
        void bytes(long done, long total);
    }
}
