package dev.agentos.http;

import dev.agentos.kernel.Page;
import dev.agentos.registryclient.DownloadProgress;
import dev.agentos.registryclient.RegistryClient;
import dev.agentos.registrymodel.Listing;
import dev.agentos.registrymodel.ListingQuery;
import dev.agentos.registrymodel.Release;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A registry in which nobody has published anything. */
final class FakeRegistryClient implements RegistryClient {

    @Override
    public Page<Listing> search(ListingQuery query) {
        return new Page<>(List.of(), Optional.empty());
    }

    @Override
    public Optional<Listing> listing(String slug) {
        return Optional.empty();
    }

    @Override
    public List<Release> releases(String slug) {
        return List.of();
    }

    @Override
    public void download(Release release, Path target, DownloadProgress progress) {
        throw new IllegalStateException("There is nothing to download");
    }

    @Override
    public void close() {}
}
