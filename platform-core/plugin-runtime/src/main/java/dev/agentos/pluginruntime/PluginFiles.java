package dev.agentos.pluginruntime;

import dev.agentos.kernel.Digests;
import dev.agentos.spi.AgentOsException;
import dev.agentos.verifier.JdkLinks;
import dev.agentos.verifier.PluginVerifier;
import dev.agentos.verifier.VerifiedClasses;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of installed plugins, each named by the digest of its bytes, and what is on its way to become one. The
 * database has them too: what is not here is taken from there.
 */
final class PluginFiles {

    private static final Logger LOG = LoggerFactory.getLogger(PluginFiles.class);

    private final AtomicLong drafts = new AtomicLong();
    /** What keeps the staging area as it is: a download, and whoever comes to use one later. */
    private final Set<Hold> holds = ConcurrentHashMap.newKeySet();
    /** What was in the staging area when it was tidied last. */
    private volatile Set<Path> seen = Set.of();

    private final Path directory;
    private final Path staging;
    private final Path verified;

    private final PluginStore store;
    private final Map<String, PluginFile> known = new ConcurrentHashMap<>();

    PluginFiles(Path dataDirectory, PluginStore store) {
        this.store = store;
        directory = dataDirectory.resolve("plugins");
        staging = directory.resolve("staging");
        verified = directory.resolve("verified");
        try {
            Files.createDirectories(staging);
            Files.createDirectories(verified);
            try (Stream<Path> left = Files.list(staging)) {
                left.forEach(this::delete);
            }
        } catch (IOException e) {
            throw failed("The directory " + staging + " cannot be made", e);
        }
    }

    /** Where the file of that digest is, or would be. */
    Path file(String sha512) {
        return directory.resolve(sha512 + ".jar");
    }

    /** A file that does not exist yet, for a download. */
    Path staged(String name) {
        return staging.resolve(name + ".part");
    }

    /** Whether the file of that digest was downloaded and is whole. */
    boolean isStaged(String sha512) {
        Path target = staged(sha512);
        return Files.exists(target) && sha512(target).equals(sha512);
    }

    /** Keeps what is staged until it is closed, for who comes to use it later. */
    interface Hold extends AutoCloseable {
        @Override
        void close();
    }

    /** Holds what is staged, and what will be, against the tidying of other changes. */
    Hold hold() {
        Hold hold = new Hold() {
            @Override
            public void close() {
                holds.remove(this);
            }
        };
        holds.add(hold);
        return hold;
    }

    /** Downloads a file under its digest; several may do so at once, and the last one's stays. */
    void stage(String sha512, Consumer<Path> download) {
        Path draft = staged(sha512 + "." + drafts.incrementAndGet());
        // A download has files of its own beside the one that is asked for.
        try (Hold held = hold()) {
            download.accept(draft);
            Files.move(draft, staged(sha512), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw failed("The download cannot be stored in " + staging, e);
        } finally {
            delete(draft);
        }
    }

    /**
     * Copies a file to its place, durably and all at once; a file that is there already stays.
     *
     * @throws AgentOsException {@code plugin:STORAGE_FAILED}; nothing is left behind
     */
    Path keep(Path source, String sha512) {
        Path target = file(sha512);
        if (has(sha512)) {
            return target;
        }
        Path partial = staged(sha512 + ".keep");
        try {
            Files.copy(source, partial, StandardCopyOption.REPLACE_EXISTING);
            if (!sha512(partial).equals(sha512)) {
                throw new AgentOsException(
                        PluginErrorCode.DIGEST_CHANGED,
                        "The plugin's file changed while it was being installed.",
                        "Install it again, from a file that nobody writes to.");
            }
            moveDurably(partial, target);
            return target;
        } catch (IOException e) {
            throw failed("The plugin's file cannot be stored in " + directory, e);
        } finally {
            delete(partial);
        }
    }

    /** What was written survives a loss of power, and is there whole or not at all. */
    private static void moveDurably(Path partial, Path target) throws IOException {
        try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel channel =
                FileChannel.open(Objects.requireNonNull(target.getParent()), StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Keeps which classes of that file may be loaded, so that they need not be verified at each start. */
    void keepClasses(String sha512, VerifiedClasses classes) {
        Path partial = staged(sha512 + ".classes");
        List<String> lines = new ArrayList<>(List.of(heading(sha512)));
        lines.addAll(classes.toLines());
        try {
            Files.write(partial, lines);
            moveDurably(partial, verified.resolve(sha512));
        } catch (IOException e) {
            throw failed("What the verifier found cannot be stored in " + directory, e);
        }
    }

    /** What was found with another list, or for another file, does not count. */
    private static String heading(String sha512) {
        return "classes of " + sha512 + " by " + JdkLinks.edition();
    }

    /**
     * The classes of that file that may be loaded; verified again when it was not kept, or with another list of what
     * plugins may link.
     *
     * @throws AgentOsException {@code plugin:VERIFICATION_FAILED} when the file does not pass any more
     */
    VerifiedClasses classes(String sha512) {
        Path kept = verified.resolve(sha512);
        try {
            List<String> lines = Files.exists(kept) ? Files.readAllLines(kept) : List.of();
            if (!lines.isEmpty() && lines.getFirst().equals(heading(sha512))) {
                return VerifiedClasses.parse(lines.subList(1, lines.size()));
            }
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("{} cannot be read; the plugin is verified again", kept.getFileName(), e);
        }
        VerifiedClasses classes =
                PluginFile.verifiedAgain(file(sha512), new PluginVerifier()).classes();
        keepClasses(sha512, classes);
        return classes;
    }

    /**
     * The file of an installed release.
     *
     * @throws AgentOsException {@code plugin:STORAGE_FAILED} when it is gone, {@code plugin:DIGEST_CHANGED} when it is
     *     another
     */
    PluginFile installed(PluginVersion expected) {
        return known.computeIfAbsent(expected.sha512(), digest -> {
            Optional<PluginFile> here = here(expected);
            if (here.isPresent()) {
                return here.get();
            }
            restore(expected);
            PluginFile file = PluginFile.read(file(digest));
            if (!file.plugin().equals(expected)) {
                throw new AgentOsException(
                        PluginErrorCode.DIGEST_CHANGED,
                        "The file of plugin " + expected + " is not the one that was installed.",
                        "Uninstall the plugin and install it again; find out who writes to the server's data.");
            }
            return file;
        });
    }

    /** Whether the file of that digest is here, as it was. */
    boolean has(String sha512) {
        Path file = file(sha512);
        return Files.exists(file) && sha512(file).equals(sha512);
    }

    /** Whether the file of that digest was in force once. */
    boolean hasRun(String sha512) {
        return store.hasRun(sha512);
    }

    /** Looks at the file of that digest anew when it is asked for again. */
    void doubt(String sha512) {
        known.remove(sha512);
    }

    private Optional<PluginFile> here(PluginVersion plugin) {
        Path path = file(plugin.sha512());
        try {
            return Files.exists(path)
                    ? Optional.of(PluginFile.read(path))
                            .filter(found -> found.plugin().equals(plugin))
                    : Optional.empty();
        } catch (AgentOsException e) {
            LOG.warn("The file of plugin {} is damaged", plugin, e);
            return Optional.empty();
        }
    }

    /** Gets a file that is not here, or not as it was: another server installed it, or this one's disk lost it. */
    private void restore(PluginVersion plugin) {
        Path fetched = staged(plugin.sha512() + ".fetched");
        try {
            if (store.fetch(plugin.sha512(), fetched)) {
                keep(fetched, plugin.sha512());
                LOG.info("The file of plugin {} was taken from the database", plugin);
            }
        } catch (IOException e) {
            throw failed("The file of plugin " + plugin + " cannot be taken from the database", e);
        } finally {
            delete(fetched);
        }
    }

    /** Removes every file that is not one of these, and whatever was on its way. */
    void retain(Set<String> digests) {
        known.keySet().retainAll(digests);
        try (Stream<Path> files = Files.list(directory);
                Stream<Path> parts = Files.list(staging);
                Stream<Path> found = Files.list(verified)) {
            tidyStaging(parts.toList());
            found.filter(file -> !digests.contains(file.getFileName().toString()))
                    .forEach(this::delete);
            files.filter(Files::isRegularFile)
                    .filter(file ->
                            !digests.contains(file.getFileName().toString().replaceFirst("\\.jar$", "")))
                    .forEach(this::delete);
        } catch (IOException e) {
            LOG.warn("Files that belong to no plugin could not be removed from {}", directory, e);
        }
    }

    /** Whoever has asked what a download would do may install it next: it goes at the second tidying. */
    private void tidyStaging(List<Path> parts) {
        if (holds.isEmpty()) {
            parts.stream().filter(seen::contains).forEach(this::delete);
            seen = Set.copyOf(parts);
        }
    }

    void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("{} could not be removed; the next start tries again", file, e);
        }
    }

    static String sha512(Path file) {
        try (InputStream in = Files.newInputStream(file);
                DigestInputStream digested = new DigestInputStream(in, Digests.sha512())) {
            digested.transferTo(OutputStream.nullOutputStream());
            return Digests.hex(digested.getMessageDigest());
        } catch (IOException e) {
            throw failed("The file " + file.getFileName() + " cannot be read", e);
        }
    }

    private static AgentOsException failed(String what, IOException e) {
        return new AgentOsException(
                PluginErrorCode.STORAGE_FAILED,
                what + ".",
                "Check that the server may write there and that the disk is not full.",
                e);
    }
}
