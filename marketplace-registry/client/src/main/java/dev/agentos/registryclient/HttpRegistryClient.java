package dev.agentos.registryclient;

import dev.agentos.kernel.Json;
import dev.agentos.kernel.Page;
import dev.agentos.registrymodel.Envelope;
import dev.agentos.registrymodel.FacetCounts;
import dev.agentos.registrymodel.Listing;
import dev.agentos.registrymodel.ListingQuery;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.registrymodel.Release;
import dev.agentos.registrymodel.SignedIndex;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.verifier.PluginManifest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A registry over HTTP. Follows no redirects and reads answers only up to a limit. Releases are believed when the
 * registry's signed index holds them; what is searched for and shown is not signed.
 */
public final class HttpRegistryClient implements RegistryClient {

    private static final int MAX_ANSWER_BYTES = 8 << 20;
    private static final int MAX_INDEX_BYTES = 16 << 20;

    private final HttpRegistryConfig config;
    private final String base;
    private final HttpClient http;
    private final StallGuard stallGuard;
    private final IndexTrust trust;

    /** Reads the registry at that address as far as it is trusted; connects at the first call. */
    public HttpRegistryClient(HttpRegistryConfig config, IndexTrust trust) {
        this.config = config;
        this.trust = trust;
        this.base = config.address().toString().replaceFirst("/+$", "") + "/v1";
        this.http = HttpClient.newBuilder()
                .connectTimeout(config.connectTimeout())
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
        this.stallGuard = new StallGuard(config.responseTimeout());
    }

    @Override
    public Page<Listing> search(ListingQuery query) {
        StringJoiner parameters = new StringJoiner("&", "/listings?", "");
        parameters.add("limit=" + query.page().limit());
        query.page().cursor().ifPresent(cursor -> parameters.add("cursor=" + encoded(cursor)));
        add(query, parameters);
        JsonObject answer =
                answer(parameters.toString()).orElseThrow(() -> invalidAnswer("it knows no listings at all", null));
        return read(answer, json -> new Page<>(items(json, Listing::fromJson), json.text("next")));
    }

    private static void add(ListingQuery query, StringJoiner parameters) {
        query.text().ifPresent(text -> parameters.add("q=" + encoded(text)));
        query.facets().forEach((facet, value) -> parameters.add(facet.word() + "=" + encoded(value)));
        query.among()
                .ifPresent(some -> parameters.add(
                        (some.wanted() ? "only=" : "without=") + encoded(String.join(",", some.slugs()))));
    }

    @Override
    public FacetCounts facets(ListingQuery query) {
        StringJoiner parameters = new StringJoiner("&", "/facets?", "");
        add(query, parameters);
        return answer(parameters.toString())
                .map(json -> read(json, FacetCounts::fromJson))
                .orElse(FacetCounts.NONE);
    }

    @Override
    public Optional<String> readme(Release release) {
        Optional<String> readme = answer("/releases/" + release.sha512() + "/readme")
                .flatMap(json -> json.text("readme"))
                .filter(text -> !text.isBlank());
        if (readme.filter(text -> text.length() > PluginManifest.MAX_README_BYTES)
                .isPresent()) {
            throw invalidAnswer("its README is longer than " + PluginManifest.MAX_README_BYTES + " characters", null);
        }
        return readme;
    }

    @Override
    public Optional<Listing> listing(String slug) {
        return answer("/listings/" + PluginManifest.checkedId(slug)).map(json -> read(json, Listing::fromJson));
    }

    @Override
    public List<Release> releases(String slug) {
        try {
            return checkedReleases(slug);
        } catch (AgentOsException e) {
            if (e.errorCode() != RegistryErrorCode.INDEX_MISMATCH) {
                throw e;
            }
            // Something may have been published between the two answers; the next ones fit, or never will.
            return checkedReleases(slug);
        }
    }

    private List<Release> checkedReleases(String slug) {
        List<Release> listed = listedReleases(slug);
        // Also when there is none: a registry that is not to be believed is said to be so.
        SignedIndex index = verifiedIndex();
        if (!listed.isEmpty()) {
            trust.check(slug, listed, index);
        }
        return listed;
    }

    private SignedIndex verifiedIndex() {
        byte[] index = index();
        try {
            return trust.verified(index);
        } catch (AgentOsException e) {
            if (e.errorCode() != RegistryErrorCode.INDEX_ROLLED_BACK) {
                throw e;
            }
            // Another thread may have seen a newer one while this one was on its way.
            return trust.verified(index());
        }
    }

    @Override
    public byte[] index() {
        return bytes("/index", MAX_INDEX_BYTES)
                .orElseThrow(() -> new AgentOsException(
                        RegistryErrorCode.INDEX_UNSIGNED,
                        "The registry at " + config.address() + " has no signed index.",
                        "Ask its operator to run a release of AgentOS that signs it."));
    }

    @Override
    public Optional<IndexTrust> trust() {
        return Optional.of(trust);
    }

    private List<Release> listedReleases(String slug) {
        return answer("/listings/" + PluginManifest.checkedId(slug) + "/releases")
                .map(answer -> read(answer, json -> items(json, Release::fromJson)))
                .orElse(List.of());
    }

    @Override
    public void download(Release release, Path target, DownloadProgress progress) {
        CheckedDownload download = new CheckedDownload(release, target, progress);
        trust.check(release, verifiedIndex());
        HttpResponse<InputStream> response = send("/releases/" + release.sha512() + ".jar");
        try (InputStream body = response.body();
                StallGuard.Watch watch = stallGuard.watch(body)) {
            if (response.statusCode() == 404) {
                throw new AgentOsException(
                        RegistryErrorCode.RELEASE_NOT_FOUND,
                        "The registry has no JAR of " + release.slug() + " " + release.version() + ".",
                        "Look at its releases again.");
            }
            if (response.statusCode() != 200) {
                throw refused(response);
            }
            download.copy(watch.guarded());
        } catch (IOException e) {
            throw unavailable(e);
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
        stallGuard.close();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private HttpResponse<InputStream> send(String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(config.responseTimeout())
                .header(
                        "Accept",
                        "application/json, " + Envelope.MEDIA_TYPE
                                + ", application/java-archive, application/problem+json")
                .build();
        try {
            return http.send(request, BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw unavailable(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unavailable(e);
        }
    }

    /** The answer's document; empty when there is none of that name. */
    private Optional<JsonObject> answer(String path) {
        return bytes(path, MAX_ANSWER_BYTES).map(this::parsed);
    }

    private Optional<byte[]> bytes(String path, int most) {
        HttpResponse<InputStream> response = send(path);
        try (InputStream body = response.body();
                StallGuard.Watch watch = stallGuard.watch(body)) {
            byte[] bytes = watch.guarded().readNBytes(most + 1);
            if (bytes.length > most) {
                throw invalidAnswer("its answer is longer than " + most + " bytes", null);
            }
            if (response.statusCode() == 404) {
                return Optional.empty();
            }
            if (response.statusCode() != 200) {
                throw refused(response, bytes);
            }
            return Optional.of(bytes);
        } catch (IOException e) {
            throw unavailable(e);
        }
    }

    private JsonObject parsed(byte[] bytes) {
        try {
            return Json.parseObject(new ByteArrayInputStream(bytes));
        } catch (AgentOsException e) {
            throw invalidAnswer("its answer is not JSON", e);
        }
    }

    private <T> T read(JsonObject json, Function<JsonObject, T> reader) {
        try {
            return reader.apply(json);
        } catch (IllegalArgumentException e) {
            throw invalidAnswer(String.valueOf(e.getMessage()), e);
        }
    }

    private static <T> List<T> items(JsonObject json, Function<JsonObject, T> reader) {
        JsonArray items =
                json.array("items").orElseThrow(() -> new IllegalArgumentException("Member 'items' is missing"));
        return items.items().stream()
                .map(item -> {
                    if (item instanceof JsonObject object) {
                        return reader.apply(object);
                    }
                    throw new IllegalArgumentException("Member 'items' holds something else than objects");
                })
                .toList();
    }

    private AgentOsException refused(HttpResponse<?> response) {
        return refused(response, new byte[0]);
    }

    private AgentOsException refused(HttpResponse<?> response, byte[] problem) {
        if (response.statusCode() == 400) {
            boolean cursor =
                    new String(problem, StandardCharsets.UTF_8).contains(RegistryErrorCode.INVALID_CURSOR.code());
            return new AgentOsException(
                    cursor ? RegistryErrorCode.INVALID_CURSOR : RegistryErrorCode.INVALID_QUERY,
                    "The registry at " + config.address() + " does not understand the query.",
                    cursor ? "Leave the cursor out to start again." : "Change the query.");
        }
        if (response.statusCode() >= 500 || response.statusCode() == 429) {
            return new AgentOsException(
                    RegistryErrorCode.UNAVAILABLE,
                    "The registry at " + config.address() + " answers with status " + response.statusCode() + ".",
                    "Try again later.");
        }
        return invalidAnswer("it answers with status " + response.statusCode(), null);
    }

    private AgentOsException unavailable(Exception cause) {
        return new AgentOsException(
                RegistryErrorCode.UNAVAILABLE,
                "The registry at " + config.address() + " does not answer ("
                        + cause.getClass().getSimpleName() + ").",
                "Check the address and the network, and try again.",
                cause);
    }

    private AgentOsException invalidAnswer(String what, @Nullable Throwable cause) {
        return new AgentOsException(
                RegistryErrorCode.INVALID_ANSWER,
                "What answers at " + config.address() + " is not a registry of this protocol: " + what + ".",
                "Check the address; redirects are not followed.",
                cause);
    }
}
