package dev.agentos.registryservice;

import dev.agentos.kernel.Json;
import dev.agentos.registrymodel.Listing;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of a registry: {@code releases/<sha512>.jar}, {@code index/<slug>.json}, {@code listings.json} with all
 * listings for static servers, {@code downloads.json}, {@code signed-index.json} with the key {@code registry.p12} that
 * signs it, {@code staging/} for drafts, and of releases that wait for people {@code waiting/<sha512>.jar} with
 * {@code approvals/<id>.json}. A mirror has the signed index of another registry, no key, and {@code mirror.json} that
 * says so.
 */
final class RegistryDirectory {

    private static final Logger LOG = LoggerFactory.getLogger(RegistryDirectory.class);

    static final String SIGNED_INDEX = "signed-index.json";

    private static final String MIRROR = "mirror.json";

    /** File locks are of the whole process, so that threads of one process need a lock among themselves. */
    private static final Map<Path, ReentrantLock> LOCKS = new ConcurrentHashMap<>();

    private final Path root;
    private final Path releases;
    private final Path index;
    private final Path staging;
    private final ReentrantLock lock;

    RegistryDirectory(Path directory) {
        try {
            Files.createDirectories(directory);
            this.root = directory.toRealPath();
            this.releases = directory(root.resolve("releases"));
            this.index = directory(root.resolve("index"));
            this.staging = directory(root.resolve("staging"));
        } catch (IOException e) {
            throw failed("prepared", directory, e);
        }
        this.lock = LOCKS.computeIfAbsent(root, key -> new ReentrantLock());
    }

    private static Path directory(Path path) throws IOException {
        return Files.createDirectories(path);
    }

    /** Something that may fail for the disk's sake. */
    interface Work<T> {
        T run() throws IOException;
    }

    /** Runs the work while no other thread or process changes the registry; also as a part of such work. */
    <T> T exclusively(Work<T> work) {
        if (lock.isHeldByCurrentThread()) {
            try {
                return work.run();
            } catch (IOException e) {
                throw failed("changed", root, e);
            }
        }
        lock.lock();
        try (FileChannel channel =
                        FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock ignored = channel.lock()) {
            return work.run();
        } catch (IOException e) {
            throw failed("changed", root, e);
        } finally {
            lock.unlock();
        }
    }

    Path root() {
        return root;
    }

    Path jar(String sha512) {
        return releases.resolve(sha512 + ".jar");
    }

    /** A new empty file for a draft; the caller moves or deletes it. */
    Path draft() {
        try {
            return AtomicFiles.draft(staging, "upload");
        } catch (IOException e) {
            throw failed("written", staging, e);
        }
    }

    /** Deletes what killed processes left; what cannot be deleted is tried again at the next start. */
    void discardDraftsBefore(Instant time) {
        try (DirectoryStream<Path> drafts = Files.newDirectoryStream(staging)) {
            for (Path draft : drafts) {
                if (Files.getLastModifiedTime(draft).toInstant().isBefore(time)) {
                    Files.deleteIfExists(draft);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            LOG.info("Old drafts in {} stay: {}", staging, e.getMessage());
        }
    }

    Optional<IndexEntry> entry(String slug) throws IOException {
        Path file = index.resolve(slug + ".json");
        try (InputStream in = Files.newInputStream(file)) {
            return Optional.of(IndexEntry.fromJson(Json.parseObject(in)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IllegalArgumentException | AgentOsException e) {
            throw new AgentOsException(
                    RegistryErrorCode.INDEX_DAMAGED,
                    "The index file " + file.getFileName() + " of the registry is damaged: " + e.getMessage() + ".",
                    "Restore it from a copy, or delete it and publish the plugin's JARs again.",
                    e);
        }
    }

    Map<String, IndexEntry> entries() {
        Map<String, IndexEntry> entries = new TreeMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(index, "*.json")) {
            for (Path file : files) {
                String name = String.valueOf(file.getFileName());
                String slug = name.substring(0, name.length() - ".json".length());
                entry(slug).ifPresent(entry -> entries.put(slug, entry));
            }
            return entries;
        } catch (IOException e) {
            throw failed("read", index, e);
        }
    }

    void writeEntry(IndexEntry entry) throws IOException {
        Path file = index.resolve(entry.listing().slug() + ".json");
        AtomicFiles.write(staging, file, Json.writeBytes(entry.toJson()));
    }

    void writeListings(Collection<IndexEntry> entries) throws IOException {
        JsonObject listings = JsonObject.of(
                "items",
                entries.stream()
                        .map(IndexEntry::listing)
                        .sorted(Comparator.comparing(Listing::slug))
                        .map(Listing::toJson)
                        .toList());
        AtomicFiles.write(staging, root.resolve("listings.json"), Json.writeBytes(listings));
    }

    /** The JAR of a release that waits until people have agreed. */
    Path waiting(String sha512) {
        return root.resolve("waiting").resolve(sha512 + ".jar");
    }

    /** Keeps a draft until people have agreed to it. */
    void keepWaiting(Path draft, String sha512) throws IOException {
        guarded("waiting");
        AtomicFiles.moveInto(draft, waiting(sha512));
    }

    /** What people were asked, in the order of that. */
    List<ApprovalFile> approvals() {
        Path asked = root.resolve("approvals");
        if (!Files.isDirectory(asked)) {
            return List.of();
        }
        TreeMap<String, ApprovalFile> approvals = new TreeMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(asked, "*.json")) {
            for (Path file : files) {
                ApprovalFile approval = approval(file);
                approvals.put(approval.approval().id(), approval);
            }
            return List.copyOf(approvals.values());
        } catch (IOException | DirectoryIteratorException e) {
            throw failed("read", asked, e instanceof IOException io ? io : new IOException(e));
        }
    }

    private static ApprovalFile approval(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return ApprovalFile.fromJson(Json.parseObject(in));
        } catch (RuntimeException e) {
            // Whoever could not read it must not take it for agreed, nor ask as if nobody had refused.
            throw new AgentOsException(
                    RegistryErrorCode.INDEX_DAMAGED,
                    "The approval " + file.getFileName() + " of the registry is damaged: " + e.getMessage() + ".",
                    "Restore it from a copy, or delete it; what waits for it is asked for again then.",
                    e);
        }
    }

    void writeApproval(ApprovalFile approval) throws IOException {
        Path asked = guarded("approvals");
        AtomicFiles.write(
                staging, asked.resolve(approval.approval().id() + ".json"), Json.writeBytes(approval.toJson()));
    }

    /** A directory whose files are nobody else's to read, also where the others are served as they are. */
    private Path guarded(String name) throws IOException {
        Path path = root.resolve(name);
        if (!Files.isDirectory(path)) {
            Files.createDirectories(path);
            if (Files.getFileStore(path).supportsFileAttributeView("posix")) {
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
            }
        }
        return path;
    }

    Path keyFile() {
        return root.resolve("registry.p12");
    }

    /** Whether this is a copy of another registry, whose index is not signed here. */
    boolean isMirror() {
        return Files.exists(root.resolve(MIRROR));
    }

    void makeMirror(JsonObject source) throws IOException {
        AtomicFiles.write(staging, root.resolve(MIRROR), Json.writeBytes(source));
    }

    Optional<byte[]> signedIndex() {
        try {
            return Optional.of(Files.readAllBytes(root.resolve(SIGNED_INDEX)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw failed("read", root, e);
        }
    }

    void writeSignedIndex(byte[] bytes) throws IOException {
        AtomicFiles.write(staging, root.resolve(SIGNED_INDEX), bytes);
    }

    /** Changes whenever {@link #writeListings} was called, by whichever process. */
    String stamp() {
        return stamp("listings.json");
    }

    /** Changes whenever {@link #writeSignedIndex} was called, by whichever process. */
    String indexStamp() {
        return stamp(SIGNED_INDEX);
    }

    private String stamp(String name) {
        try {
            BasicFileAttributes file = Files.readAttributes(root.resolve(name), BasicFileAttributes.class);
            return file.fileKey() + " " + file.lastModifiedTime() + " " + file.size();
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            throw failed("read", root, e);
        }
    }

    Map<String, Long> downloads() {
        Map<String, Long> counts = new TreeMap<>();
        try (InputStream in = Files.newInputStream(root.resolve("downloads.json"))) {
            Json.parseObject(in).members().forEach((slug, value) -> {
                if (value instanceof JsonNumber number) {
                    counts.put(slug, number.value().longValue());
                }
            });
            return counts;
        } catch (NoSuchFileException e) {
            return counts;
        } catch (IOException e) {
            throw failed("read", root, e);
        }
    }

    void writeDownloads(Map<String, Long> counts) throws IOException {
        JsonObject json = JsonObject.EMPTY;
        for (Map.Entry<String, Long> count : counts.entrySet()) {
            json = json.with(count.getKey(), count.getValue());
        }
        AtomicFiles.write(staging, root.resolve("downloads.json"), Json.writeBytes(json));
    }

    static AgentOsException failed(String what, Path path, IOException e) {
        return new AgentOsException(
                RegistryErrorCode.STORAGE_FAILED,
                "The registry's files at " + path + " cannot be " + what + " ("
                        + e.getClass().getSimpleName() + ").",
                "Check that the directory exists, belongs to the registry's user, and has space.",
                e);
    }
}
