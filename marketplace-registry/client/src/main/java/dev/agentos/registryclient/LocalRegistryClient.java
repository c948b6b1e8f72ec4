package dev.agentos.registryclient;

import dev.agentos.kernel.Page;
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

/** A registry in this process. */
public final class LocalRegistryClient implements RegistryClient {

    private final RegistryService service;

    /** Reads that registry. */
    public LocalRegistryClient(RegistryService service) {
        this.service = service;
    }

    @Override
    public Page<Listing> search(ListingQuery query) {
        return service.search(query);
    }

    @Override
    public Optional<Listing> listing(String slug) {
        return service.listing(slug);
    }

    @Override
    public List<Release> releases(String slug) {
        return service.releases(slug);
    }

    @Override
    public void download(Release release, Path target, DownloadProgress progress) {
        CheckedDownload download = new CheckedDownload(release, target, progress);
        try (InputStream jar = service.openJar(release)) {
            download.copy(jar);
        } catch (IOException e) {
            throw new AgentOsException(
                    RegistryErrorCode.STORAGE_FAILED,
                    "The registry's JAR of " + release.slug() + " " + release.version() + " cannot be read.",
                    "Check the registry's directory.",
                    e);
        }
        service.countDownload(release);
    }

    /** Does nothing: the registry is its owner's. */
    @Override
    public void close() {}
}
