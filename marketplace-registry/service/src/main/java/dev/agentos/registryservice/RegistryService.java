package dev.agentos.registryservice;

import dev.agentos.kernel.Page;
import dev.agentos.policy.Approval;
import dev.agentos.policy.PolicyErrorCode;
import dev.agentos.registrymodel.FacetCounts;
import dev.agentos.registrymodel.Listing;
import dev.agentos.registrymodel.ListingQuery;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.registrymodel.Release;
import dev.agentos.spi.AgentOsException;
import dev.agentos.verifier.PluginManifest;
import dev.agentos.verifier.PluginVerifier;
import dev.agentos.verifier.SemanticVersion;
import dev.agentos.verifier.VerificationReport;
import dev.agentos.verifier.VerifierLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A registry of plugins in a directory. Serves several threads, and several processes may share one directory: changes
 * are made under a lock and seen by all at their next call.
 */
public final class RegistryService {

    private static final Logger LOG = LoggerFactory.getLogger(RegistryService.class);

    /** After this time a draft belongs to a process that was killed. */
    private static final Duration DRAFT_LIFE = Duration.ofDays(1);

    /** In whose name those publish who write the directory themselves. */
    private static final String DIRECTORY = "directory";

    /** What was read from the files, and which state of them it was. */
    private record Snapshot(String stamp, Map<String, IndexEntry> entries) {}

    private final RegistryDirectory directory;
    private final InstantSource clock;
    private final IndexSigner signer;
    private final PublishRules rules;
    private final WaitingReleases waiting;
    private final PluginVerifier verifier = new PluginVerifier();
    private final Object countLock = new Object();
    private Map<String, Long> storedDownloads;
    private final Map<String, Long> newDownloads = new HashMap<>();
    private volatile Snapshot snapshot;

    /**
     * Opens the registry in that directory, which is made when it is not there.
     *
     * @throws AgentOsException {@code registry:STORAGE_FAILED} or {@code registry:INDEX_DAMAGED}
     */
    public RegistryService(Path directory, InstantSource clock) {
        this(directory, clock, IndexSigning.USUAL);
    }

    /** The same, with a signed index of that kind. */
    public RegistryService(Path directory, InstantSource clock, IndexSigning signing) {
        this(directory, clock, signing, PublishRules.NONE);
    }

    /** The same, with rules before a release comes in. */
    public RegistryService(Path directory, InstantSource clock, IndexSigning signing, PublishRules rules) {
        this.rules = rules;
        this.directory = new RegistryDirectory(directory);
        this.directory.discardDraftsBefore(clock.instant().minus(DRAFT_LIFE));
        this.clock = clock;
        this.signer = new IndexSigner(this.directory, signing, clock);
        this.waiting =
                new WaitingReleases(this.directory, clock, (jar, by, sha512) -> submit(jar, by, Optional.of(sha512)));
        this.storedDownloads = this.directory.downloads();
        this.snapshot = load();
    }

    private Snapshot load() {
        // The stamp is taken first: a change in between is read twice and never missed.
        String stamp = directory.stamp();
        return new Snapshot(stamp, directory.entries());
    }

    private Map<String, IndexEntry> entries() {
        Snapshot known = snapshot;
        if (!known.stamp().equals(directory.stamp())) {
            known = load();
            snapshot = known;
        }
        return known.entries();
    }

    /**
     * The signed index as an {@link dev.agentos.registrymodel.Envelope} in JSON. It is signed here when it is not that
     * of the files, or is half its life old; a mirror's stays as it came.
     *
     * @throws AgentOsException {@code registry:INDEX_DAMAGED}, {@code registry:STORAGE_FAILED}, or
     *     {@code verifier:KEY_UNUSABLE}
     */
    public byte[] index() {
        return signer.current();
    }

    /** The signed index as it was last stored; nothing is signed. */
    public Optional<byte[]> storedIndex() {
        return directory.signedIndex();
    }

    /** The fingerprint of the key that signs the index; the key is made when there is none. */
    public String fingerprint() {
        return signer.fingerprint();
    }

    /** Whether this is a copy of another registry: it takes no releases, and its index is signed elsewhere. */
    public boolean isMirror() {
        return directory.isMirror();
    }

    /**
     * The listings that match, a page of them.
     *
     * @throws AgentOsException {@code registry:INVALID_CURSOR}
     */
    public Page<Listing> search(ListingQuery query) {
        return Search.find(
                entries().values().stream()
                        .map(entry -> counted(entry.listing()))
                        .toList(),
                query);
    }

    /** How many listings match, by each facet. */
    public FacetCounts facets(ListingQuery query) {
        return Search.count(entries().values().stream().map(IndexEntry::listing).toList(), query);
    }

    /** The listing of that plugin. */
    public Optional<Listing> listing(String slug) {
        return Optional.ofNullable(entries().get(slug)).map(entry -> counted(entry.listing()));
    }

    private Listing counted(Listing listing) {
        synchronized (countLock) {
            return listing.withDownloads(
                    storedDownloads.getOrDefault(listing.slug(), 0L) + newDownloads.getOrDefault(listing.slug(), 0L));
        }
    }

    /** The releases of that plugin, highest version first; none when there is no such listing. */
    public List<Release> releases(String slug) {
        return Optional.ofNullable(entries().get(slug))
                .map(IndexEntry::releases)
                .orElse(List.of());
    }

    /** The release of that plugin and version. */
    public Optional<Release> release(String slug, SemanticVersion version) {
        return Optional.ofNullable(entries().get(slug)).flatMap(entry -> entry.release(version));
    }

    /** The release whose JAR has that digest. */
    public Optional<Release> release(String sha512) {
        return entries().values().stream()
                .flatMap(entry -> entry.releases().stream())
                .filter(release -> release.sha512().equals(sha512))
                .findFirst();
    }

    /**
     * The release to install on a server of that version: the highest that runs on it, pre-releases only when there is
     * nothing else.
     */
    public Optional<Release> newestFor(String slug, SemanticVersion server) {
        List<Release> fitting = releases(slug).stream()
                .filter(release -> release.runsOn(server))
                .toList();
        return fitting.stream()
                .filter(release -> !release.version().isPreRelease())
                .findFirst()
                .or(() -> fitting.stream().findFirst());
    }

    /**
     * Opens the JAR of that release; the caller closes the stream.
     *
     * @throws AgentOsException {@code registry:RELEASE_NOT_FOUND}, {@code registry:STORAGE_FAILED}
     */
    public InputStream openJar(Release release) {
        Path jar = directory.jar(release.sha512());
        try {
            return Files.newInputStream(jar);
        } catch (NoSuchFileException e) {
            throw new AgentOsException(
                    RegistryErrorCode.RELEASE_NOT_FOUND,
                    "The registry has no JAR for " + release.slug() + " " + release.version() + ".",
                    "Publish it again.",
                    e);
        } catch (IOException e) {
            throw RegistryDirectory.failed("read", jar, e);
        }
    }

    /**
     * What that release says of itself at length, in Markdown by whoever wrote it; empty when it says nothing.
     *
     * @throws AgentOsException {@code registry:STORAGE_FAILED}
     */
    public Optional<String> readme(Release release) {
        Path jar = directory.jar(release.sha512());
        try {
            return PluginManifest.readme(jar);
        } catch (IOException e) {
            throw RegistryDirectory.failed("read", jar, e);
        }
    }

    /** Counts one complete download. A count that cannot be stored is kept in memory: it never fails a download. */
    public void countDownload(Release release) {
        synchronized (countLock) {
            newDownloads.merge(release.slug(), 1L, Long::sum);
        }
        try {
            directory.exclusively(this::storeDownloads);
        } catch (AgentOsException e) {
            LOG.warn("Download counts cannot be stored: {}", e.getMessage());
        }
    }

    /** Adds what was counted here to what this and other processes stored. */
    private boolean storeDownloads() throws IOException {
        Map<String, Long> sum = directory.downloads();
        synchronized (countLock) {
            newDownloads.forEach((slug, count) -> sum.merge(slug, count, Long::sum));
            directory.writeDownloads(sum);
            storedDownloads = sum;
            newDownloads.clear();
        }
        return true;
    }

    /** Releases that wait until people have agreed. */
    WaitingReleases waiting() {
        return waiting;
    }

    /**
     * Publishes a JAR. The same JAR again changes nothing.
     *
     * @return its release
     * @throws PluginRefusedException if the verifier refuses it
     * @throws AgentOsException {@code policy:DENIED}, {@code policy:APPROVAL_REQUIRED}, {@code registry:RELEASE_EXISTS}
     *     if its version was published with other bytes, {@code registry:TOO_LARGE}, {@code registry:STORAGE_FAILED}
     */
    public Release publish(InputStream jar) {
        return switch (submit(jar, DIRECTORY)) {
            case Publication.Published(Release release) -> release;
            case Publication.Waiting(Approval approval) ->
                throw new AgentOsException(
                        PolicyErrorCode.APPROVAL_REQUIRED,
                        "Somebody else has to agree first: approval " + approval.id() + ".",
                        "It is published when that is approved.");
        };
    }

    /** The same; where a rule wants people to agree, it waits until they have. */
    Publication submit(InputStream jar, String by) {
        return submit(jar, by, Optional.empty());
    }

    private Publication submit(InputStream jar, String by, Optional<String> sha512) {
        if (isMirror()) {
            throw new AgentOsException(
                    RegistryErrorCode.PUBLISHING_DISABLED,
                    "This registry is a mirror of another one.",
                    "Publish there, and fill the mirror again.");
        }
        Path draft = directory.draft();
        try {
            receive(jar, draft);
            VerificationReport report = verifier.verify(draft);
            if (!report.accepted()) {
                throw new PluginRefusedException(report);
            }
            if (sha512.filter(agreed -> !agreed.equals(report.sha512())).isPresent()) {
                throw new AgentOsException(
                        RegistryErrorCode.DIGEST_MISMATCH,
                        "The JAR that waited is not the one that was agreed to.",
                        "Look who can write the registry's directory, and publish it again.");
            }
            PluginManifest manifest = report.manifest().orElseThrow();
            return directory.exclusively(() -> publish(draft, report, manifest, by));
        } finally {
            discard(draft);
        }
    }

    /** Publishes the JAR in that file, which stays; see {@link #publish(InputStream)}. */
    public Release publish(Path jar) {
        try (InputStream in = Files.newInputStream(jar)) {
            return publish(in);
        } catch (IOException e) {
            throw RegistryDirectory.failed("read", jar, e);
        }
    }

    private static void receive(InputStream jar, Path draft) {
        try (OutputStream out = Files.newOutputStream(draft)) {
            byte[] buffer = new byte[1 << 16];
            long total = 0;
            for (int count = jar.read(buffer); count >= 0; count = jar.read(buffer)) {
                total += count;
                if (total > VerifierLimits.DEFAULT.fileBytes()) {
                    throw new AgentOsException(
                            RegistryErrorCode.TOO_LARGE,
                            "The JAR is larger than " + VerifierLimits.DEFAULT.fileBytes() + " bytes.",
                            "Leave out what the plugin does not need.");
                }
                out.write(buffer, 0, count);
            }
        } catch (IOException e) {
            throw RegistryDirectory.failed("written", draft, e);
        }
    }

    private Publication publish(Path draft, VerificationReport report, PluginManifest manifest, String by)
            throws IOException {
        Optional<IndexEntry> before = directory.entry(manifest.id());
        Optional<Release> same = before.flatMap(entry -> entry.release(manifest.version()));
        if (same.isPresent() && !same.get().sha512().equals(report.sha512())) {
            throw new AgentOsException(
                    RegistryErrorCode.RELEASE_EXISTS,
                    manifest.id() + " " + manifest.version() + " was published before, with other bytes.",
                    "A release never changes: publish under a new version.");
        }
        if (same.isEmpty()) {
            Optional<PublishRules.Asking> asking = rules.require(
                    report,
                    manifest,
                    before.flatMap(entry -> entry.release(entry.listing().latestVersion())));
            Optional<Approval> open =
                    asking.isPresent() ? waiting.require(draft, report.sha512(), asking.get(), by) : Optional.empty();
            if (open.isPresent()) {
                return new Publication.Waiting(open.get());
            }
        }
        // The JAR first, then what points at it: a crash in between leaves a file that nothing names.
        if (!holds(directory.jar(report.sha512()), report.sizeBytes())) {
            AtomicFiles.moveInto(draft, directory.jar(report.sha512()));
        }
        IndexEntry entry = before.filter(known -> same.isPresent())
                .orElseGet(() -> IndexEntry.adding(
                        before,
                        IndexEntry.release(report, manifest, clock.instant().truncatedTo(ChronoUnit.MICROS)),
                        manifest));
        if (same.isEmpty()) {
            directory.writeEntry(entry);
            LOG.info("Published {} {}", manifest.id(), manifest.version());
        }
        Map<String, IndexEntry> entries = directory.entries();
        directory.writeListings(entries.values());
        snapshot = new Snapshot(directory.stamp(), entries);
        return new Publication.Published(Objects.requireNonNull(entries.get(manifest.id()))
                .release(manifest.version())
                .orElseThrow());
    }

    private static boolean holds(Path jar, long sizeBytes) throws IOException {
        return Files.exists(jar) && Files.size(jar) == sizeBytes;
    }

    private static void discard(Path draft) {
        try {
            Files.deleteIfExists(draft);
        } catch (IOException e) {
            LOG.warn("The draft {} cannot be deleted: {}", draft, e.getMessage());
        }
    }
}
