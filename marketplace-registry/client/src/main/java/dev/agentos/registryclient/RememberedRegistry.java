package dev.agentos.registryclient;

import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.registrymodel.Release;
import dev.agentos.registrymodel.SignedIndex;
import dev.agentos.spi.AgentOsException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A registry as it answered before, for one question. Its index is verified as one that has just come: a file that was
 * changed is believed as little as a registry that was.
 */
final class RememberedRegistry extends RegistryProtocol {

    private final URI address;
    private final IndexTrust trust;
    private final KeptAnswers answers;

    private @Nullable Instant oldest;

    RememberedRegistry(URI address, IndexTrust trust, KeptAnswers answers) {
        super(address, trust);
        this.address = address;
        this.trust = trust;
        this.answers = answers;
    }

    /** What it said to that; empty when a part of it is not known. */
    <T> Optional<Before<T>> told(Function<RegistryClient, T> question) {
        try {
            T answer = question.apply(this);
            return Optional.ofNullable(oldest).map(at -> new Before<>(answer, at));
        } catch (AgentOsException e) {
            if (e.errorCode() == RegistryErrorCode.UNAVAILABLE) {
                return Optional.empty();
            }
            throw e;
        }
    }

    @Override
    Optional<byte[]> bytes(String path, int most) {
        KeptAnswers.Kept kept = answers.find(path).orElseThrow(this::unknown);
        if (oldest == null || kept.at().isBefore(oldest)) {
            oldest = kept.at();
        }
        return Optional.of(kept.body());
    }

    /**
     * Those of which the index tells the same. The two may be of different times, so that one is not missed here as it
     * would be when both had just come.
     */
    @Override
    public List<Release> releases(String slug) {
        if (trust.pin().isEmpty()) {
            // A key is trusted when the registry itself shows it, and never because a file does.
            throw unknown();
        }
        SignedIndex index = verifiedIndex();
        return listedReleases(slug).stream()
                .filter(release -> index.releases().contains(SignedIndex.Entry.of(release)))
                .toList();
    }

    @Override
    public Optional<IndexTrust> trust() {
        return Optional.of(trust);
    }

    @Override
    public void download(Release release, Path target, DownloadProgress progress) {
        throw unknown();
    }

    @Override
    public void close() {}

    private AgentOsException unknown() {
        return new AgentOsException(
                RegistryErrorCode.UNAVAILABLE,
                "What the registry at " + address + " said before is not known here.",
                "Ask again when it answers.");
    }
}
