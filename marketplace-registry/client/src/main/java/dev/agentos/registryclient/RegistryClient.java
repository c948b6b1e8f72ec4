package dev.agentos.registryclient;

import dev.agentos.kernel.Page;
import dev.agentos.registrymodel.FacetCounts;
import dev.agentos.registrymodel.Listing;
import dev.agentos.registrymodel.ListingQuery;
import dev.agentos.registrymodel.Release;
import dev.agentos.spi.AgentOsException;
import dev.agentos.verifier.SemanticVersion;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * One registry, wherever it is. Serves several threads. Any call may fail with {@code registry:UNAVAILABLE} or
 * {@code registry:INVALID_ANSWER} when the registry is remote, and {@code registry:STORAGE_FAILED} when it is a
 * directory.
 */
public interface RegistryClient extends AutoCloseable {

    /**
     * The listings that match, a page of them.
     *
     * @throws AgentOsException {@code registry:INVALID_CURSOR}
     */
    Page<Listing> search(ListingQuery query);

    /** How many listings match, by each facet; {@link FacetCounts#NONE} of a registry that does not count. */
    FacetCounts facets(ListingQuery query);

    /**
     * What a release says of itself at length, in Markdown by whoever wrote it; empty when it says nothing, or the
     * registry does not tell. Like what is searched for it is not signed; the JAR's own is.
     */
    Optional<String> readme(Release release);

    /** The listing of that plugin. */
    Optional<Listing> listing(String slug);

    /**
     * The releases of that plugin, highest version first; none when there is no such listing.
     *
     * @throws AgentOsException as {@link IndexTrust#verified} says, or {@code registry:INDEX_MISMATCH} when the signed
     *     index holds others
     */
    List<Release> releases(String slug);

    /** The release of that plugin and version. */
    default Optional<Release> release(String slug, SemanticVersion version) {
        return releases(slug).stream()
                .filter(release -> release.version().equals(version))
                .findFirst();
    }

    /**
     * The release to install on a server of that version: the highest that runs on it, pre-releases only when there is
     * nothing else.
     */
    default Optional<Release> newestFor(String slug, SemanticVersion server) {
        return releases(slug).stream()
                .filter(release -> release.runsOn(server))
                .max(Comparator.comparing(
                                (Release release) -> !release.version().isPreRelease())
                        .thenComparing(Release::version));
    }

    /**
     * Fetches a release's JAR. The target appears whole and checked, replacing what was there, or not at all; a failed
     * download leaves nothing behind.
     *
     * @param release what to fetch
     * @param target the file to write, in a directory that exists
     * @param progress hears how far it is
     * @throws AgentOsException {@code registry:DIGEST_MISMATCH} when the bytes are not the release's,
     *     {@code registry:INDEX_MISMATCH} when the signed index does not hold it and whatever
     *     {@link IndexTrust#verified} says, {@code registry:RELEASE_NOT_FOUND}, {@code registry:UNAVAILABLE} when it
     *     breaks off or stalls, {@code registry:TOO_LARGE}, {@code registry:STORAGE_FAILED} when the target cannot be
     *     written
     */
    void download(Release release, Path target, DownloadProgress progress);

    /**
     * The signed index as it came, an {@link dev.agentos.registrymodel.Envelope} as JSON; nothing of it is checked.
     *
     * @throws AgentOsException {@code registry:INDEX_UNSIGNED} when the registry has none
     */
    byte[] index();

    /** What decides whether the registry is believed; empty when it is this process's own. */
    Optional<IndexTrust> trust();

    /**
     * Asks what the registry said before, without asking it: to be shown while it does not answer. Whatever is signed
     * is checked again, so that nothing is believed that would not be believed of the registry itself.
     *
     * @param question asks the client that it is given, which downloads nothing
     * @return empty when the registry was not asked that before, or what it said is not kept
     * @throws AgentOsException as the question itself does, save {@code registry:UNAVAILABLE}
     */
    default <T> Optional<Before<T>> before(Function<RegistryClient, T> question) {
        return Optional.empty();
    }

    /**
     * What a registry said before.
     *
     * @param at when it said it, or the oldest part of it
     */
    record Before<T>(T answer, Instant at) {}

    /** Gives back what the client holds. */
    @Override
    void close();
}
