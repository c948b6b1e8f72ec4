package dev.agentos.http;

import dev.agentos.kernel.Page;
import dev.agentos.registryclient.DownloadProgress;
import dev.agentos.registryclient.IndexTrust;
import dev.agentos.registryclient.RegistryClient;
import dev.agentos.registrymodel.Listing;
import dev.agentos.registrymodel.ListingQuery;
import dev.agentos.registrymodel.Release;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** A registry in which nobody has published anything, and whose index nobody has signed. */
final class FakeRegistryClient implements RegistryClient {

    private final IndexTrust trust;

    FakeRegistryClient(Path pins) {
        trust = new IndexTrust(pins, URI.create("https://registry.example"), Optional.empty(), InstantSource.system());
    }

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
    public byte[] index() {
        throw new IllegalStateException("There is no index");
    }

    @Override
    public Optional<IndexTrust> trust() {
        return Optional.of(trust);
    }

    @Override
    public void close() {}
}
