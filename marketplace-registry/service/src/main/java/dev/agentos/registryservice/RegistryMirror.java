package dev.agentos.registryservice;

import dev.agentos.registrymodel.Listing;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.registrymodel.Release;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * Fills a directory with plugins of another registry, and with the index that the other one signed. The index comes
 * last: until it is there the directory is that of before, or refused by its readers.
 */
public final class RegistryMirror {

    private final RegistryDirectory directory;

    /**
     * A mirror in that directory, which is made when it is not there.
     *
     * @param source the other registry's address, for those who look into the directory
     * @throws AgentOsException {@code registry:INVALID_ADDRESS} when the directory is a registry of its own
     */
    public RegistryMirror(Path directory, String source) {
        this.directory = new RegistryDirectory(directory);
        boolean used = Files.exists(this.directory.keyFile())
                || !this.directory.entries().isEmpty();
        if (!this.directory.isMirror() && used) {
            throw new AgentOsException(
                    RegistryErrorCode.INVALID_ADDRESS,
                    "The directory " + directory + " is a registry of its own.",
                    "Name an empty directory, or one that is a mirror already.");
        }
        this.directory.exclusively(() -> {
            this.directory.makeMirror(JsonObject.of("source", source));
            return true;
        });
    }

    /** The plugins that are here. */
    public Set<String> plugins() {
        return directory.entries().keySet();
    }

    /** Gets the JAR of a release. */
    @FunctionalInterface
    public interface Download {

        /** Writes it to that file, whole and checked, or throws. */
        void to(Path file);
    }

    /** Takes in a release's JAR; what a mirror holds is public, and has the rights that the umask gives. */
    public void take(Release release, Download download) {
        Path draft = directory.draft();
        Path fetched = draft.resolveSibling(draft.getFileName() + ".jar");
        try {
            download.to(fetched);
            try (OutputStream out = Files.newOutputStream(draft)) {
                Files.copy(fetched, out);
            }
            AtomicFiles.moveInto(draft, directory.jar(release.sha512()));
        } catch (IOException e) {
            throw RegistryDirectory.failed("written", draft, e);
        } finally {
            discard(draft);
            discard(fetched);
        }
    }

    private static void discard(Path draft) {
        try {
            Files.deleteIfExists(draft);
        } catch (IOException e) {
            throw RegistryDirectory.failed("changed", draft, e);
        }
    }

    /** Adds or replaces a plugin whose JARs are here. */
    public void add(Listing listing, List<Release> releases) {
        directory.exclusively(() -> {
            directory.writeEntry(new IndexEntry(listing.withDownloads(0), releases));
            return true;
        });
    }

    /** Ends the filling: from now on readers see what was added. */
    public void finish(byte[] index) {
        directory.exclusively(() -> {
            directory.writeListings(directory.entries().values());
            directory.writeSignedIndex(index);
            return true;
        });
    }

    /** Whether a release's JAR is here, by its size; readers compare its digest. */
    public boolean holds(Release release) {
        Path jar = directory.jar(release.sha512());
        try {
            return Files.exists(jar) && Files.size(jar) == release.sizeBytes();
        } catch (IOException e) {
            throw RegistryDirectory.failed("read", jar, e);
        }
    }
}
