package dev.agentos.registryclient;

import dev.agentos.kernel.Page;
import dev.agentos.registrymodel.FacetCounts;
import dev.agentos.registrymodel.Listing;
import dev.agentos.registrymodel.ListingQuery;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.registrymodel.Release;
import dev.agentos.registryservice.RegistryService;
import dev.agentos.spi.AgentOsException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A registry in a directory: this process's own, or a mirror of another one, which is trusted as that one would be. */
public final class LocalRegistryClient implements RegistryClient {

    private final RegistryService service;
    private final Optional<IndexTrust> trust;

    /** Reads this process's own registry. */
    public LocalRegistryClient(RegistryService service) {
        this(service, Optional.empty());
    }

    private LocalRegistryClient(RegistryService service, Optional<IndexTrust> trust) {
        this.service = service;
        this.trust = trust;
    }

    /** Reads a directory that somebody else has filled, as far as its signed index is trusted. */
    public static LocalRegistryClient untrusted(RegistryService service, IndexTrust trust) {
        return new LocalRegistryClient(service, Optional.of(trust));
    }

    @Override
    public Page<Listing> search(ListingQuery query) {
        return service.search(query);
    }

    @Override
    public FacetCounts facets(ListingQuery query) {
        return service.facets(query);
    }

    @Override
    public Optional<String> readme(Release release) {
        return service.readme(release);
    }

    @Override
    public Optional<Listing> listing(String slug) {
        return service.listing(slug);
    }

    @Override
    public List<Release> releases(String slug) {
        List<Release> listed = service.releases(slug);
        trust.ifPresent(reader -> reader.check(slug, listed, reader.verified(index())));
        return listed;
    }

    /** The index as it is stored; a directory that somebody else has filled is never signed here. */
    @Override
    public byte[] index() {
        return trust.isEmpty()
                ? service.index()
                : service.storedIndex()
                        .orElseThrow(() -> new AgentOsException(
                                RegistryErrorCode.INDEX_UNSIGNED,
                                "The registry's directory has no signed index.",
                                "Fill it with agentos registry mirror."));
    }

    @Override
    public Optional<IndexTrust> trust() {
        return trust;
    }

    @Override
    public void download(Release release, Path target, DownloadProgress progress) {
        CheckedDownload download = new CheckedDownload(release, target, progress);
        trust.ifPresent(reader -> reader.check(release, reader.verified(index())));
        try (InputStream jar = service.openJar(release)) {
            download.copy(jar);
        } catch (IOException e) {
            throw new AgentOsException(
                    RegistryErrorCode.STORAGE_FAILED,
                    "The registry's JAR of " + release.slug() + " " + release.version() + " cannot be read.",
                    "Check the registry's directory.",
                    e);
        }
        if (trust.isEmpty()) {
            service.countDownload(release);
        }
    }

    /** Does nothing: the registry is its owner's. */
    @Override
    public void close() {}
}
