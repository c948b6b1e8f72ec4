package dev.agentos.http;

import dev.agentos.kernel.Page;
import dev.agentos.registryclient.DownloadProgress;
import dev.agentos.registryclient.IndexTrust;
import dev.agentos.registryclient.LocalRegistryClient;
import dev.agentos.registryclient.RegistryClient;
import dev.agentos.registrymodel.FacetCounts;
import dev.agentos.registrymodel.Listing;
import dev.agentos.registrymodel.ListingQuery;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.registrymodel.Release;
import dev.agentos.registryservice.RegistryService;
import dev.agentos.spi.AgentOsException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A registry whose index nobody has signed, in a folder in which a test may publish, and which may not answer. */
final class FakeRegistryClient implements RegistryClient {

    final RegistryService service;
    volatile boolean away;

    /** When a process before this one asked it everything. */
    volatile Optional<Instant> keptAt = Optional.empty();

    private final IndexTrust trust;
    private final RegistryClient there;

    FakeRegistryClient(Path pins) {
        trust = new IndexTrust(pins, URI.create("https://registry.example"), Optional.empty(), InstantSource.system());
        service = new RegistryService(pins.resolve("registry"), InstantSource.system());
        there = new LocalRegistryClient(service);
    }

    private RegistryClient answering() {
        if (away) {
            throw new AgentOsException(
                    RegistryErrorCode.UNAVAILABLE, "The registry does not answer.", "Try again later.");
        }
        return there;
    }

    @Override
    public Page<Listing> search(ListingQuery query) {
        return answering().search(query);
    }

    @Override
    public FacetCounts facets(ListingQuery query) {
        return answering().facets(query);
    }

    @Override
    public Optional<String> readme(Release release) {
        return answering().readme(release);
    }

    @Override
    public Optional<Listing> listing(String slug) {
        return answering().listing(slug);
    }

    @Override
    public List<Release> releases(String slug) {
        return answering().releases(slug);
    }

    @Override
    public void download(Release release, Path target, DownloadProgress progress) {
        answering().download(release, target, progress);
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
    public <T> Optional<Before<T>> before(Function<RegistryClient, T> question) {
        return keptAt.map(at -> new Before<>(question.apply(there), at));
    }

    @Override
    public void close() {}
}
