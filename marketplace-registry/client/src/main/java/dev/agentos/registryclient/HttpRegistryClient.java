package dev.agentos.registryclient;

import dev.agentos.kernel.Json;
import dev.agentos.kernel.Page;
import dev.agentos.registrymodel.Listing;
import dev.agentos.registrymodel.ListingQuery;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.registrymodel.Release;
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

/** A registry over HTTP. Follows no redirects and reads answers only up to a limit. */
public final class HttpRegistryClient implements RegistryClient {

    private static final int MAX_ANSWER_BYTES = 8 << 20;

    private final HttpRegistryConfig config;
    private final String base;
    private final HttpClient http;
    private final StallGuard stallGuard;

    /** Reads the registry at that address; connects at the first call. */
    public HttpRegistryClient(HttpRegistryConfig config) {
        this.config = config;
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
        query.text().ifPresent(text -> parameters.add("q=" + encoded(text)));
        query.category().ifPresent(category -> parameters.add("category=" + encoded(category)));
        query.tag().ifPresent(tag -> parameters.add("tag=" + encoded(tag)));
        JsonObject answer =
                answer(parameters.toString()).orElseThrow(() -> invalidAnswer("it knows no listings at all", null));
        return read(answer, json -> new Page<>(items(json, Listing::fromJson), json.text("next")));
    }

    @Override
    public Optional<Listing> listing(String slug) {
        return answer("/listings/" + PluginManifest.checkedId(slug)).map(json -> read(json, Listing::fromJson));
    }

    @Override
    public List<Release> releases(String slug) {
        return answer("/listings/" + PluginManifest.checkedId(slug) + "/releases")
                .map(answer -> read(answer, json -> items(json, Release::fromJson)))
                .orElse(List.of());
    }

    @Override
    public void download(Release release, Path target, DownloadProgress progress) {
        CheckedDownload download = new CheckedDownload(release, target, progress);
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
                .header("Accept", "application/json, application/java-archive, application/problem+json")
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
        HttpResponse<InputStream> response = send(path);
        try (InputStream body = response.body();
                StallGuard.Watch watch = stallGuard.watch(body)) {
            byte[] bytes = watch.guarded().readNBytes(MAX_ANSWER_BYTES + 1);
            if (bytes.length > MAX_ANSWER_BYTES) {
                throw invalidAnswer("its answer is longer than " + MAX_ANSWER_BYTES + " bytes", null);
            }
            if (response.statusCode() == 404) {
                return Optional.empty();
            }
            if (response.statusCode() != 200) {
                throw refused(response, bytes);
            }
            return Optional.of(parsed(bytes));
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
