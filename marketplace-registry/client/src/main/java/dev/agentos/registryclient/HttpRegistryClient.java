package dev.agentos.registryclient;

import dev.agentos.registrymodel.Envelope;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.registrymodel.Release;
import dev.agentos.spi.AgentOsException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Function;

/**
 * A registry over HTTP. Follows no redirects and reads answers only up to a limit. It may keep what it is told, for
 * when the registry does not answer.
 */
public final class HttpRegistryClient extends RegistryProtocol {

    private static final int MOST_KEPT = 200;
    private static final int LARGEST_KEPT_BYTES = 512 * 1024;

    private final HttpRegistryConfig config;
    private final String base;
    private final HttpClient http;
    private final StallGuard stallGuard;
    private final IndexTrust trust;
    private final Optional<KeptAnswers> answers;

    /** Reads the registry at that address as far as it is trusted; connects at the first call. */
    public HttpRegistryClient(HttpRegistryConfig config, IndexTrust trust) {
        this(config, trust, Optional.empty());
    }

    /**
     * The same, which keeps what the registry answers, for {@link #before}.
     *
     * @param directory only for that
     */
    public static HttpRegistryClient keeping(
            HttpRegistryConfig config, IndexTrust trust, Path directory, InstantSource clock) {
        return new HttpRegistryClient(config, trust, Optional.of(new KeptAnswers(directory, clock, MOST_KEPT)));
    }

    private HttpRegistryClient(HttpRegistryConfig config, IndexTrust trust, Optional<KeptAnswers> answers) {
        super(config.address(), trust);
        this.config = config;
        this.trust = trust;
        this.answers = answers;
        this.base = config.address().toString().replaceFirst("/+$", "") + "/v1";
        this.http = HttpClient.newBuilder()
                .connectTimeout(config.connectTimeout())
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
        this.stallGuard = new StallGuard(config.responseTimeout());
    }

    @Override
    void accepted(String path, byte[] answer) {
        if (path.equals(INDEX) || answer.length <= LARGEST_KEPT_BYTES) {
            answers.ifPresent(kept -> kept.keep(path, answer));
        }
    }

    @Override
    public <T> Optional<Before<T>> before(Function<RegistryClient, T> question) {
        return answers.flatMap(kept -> new RememberedRegistry(config.address(), trust, kept).told(question));
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

    @Override
    Optional<byte[]> bytes(String path, int most) {
        HttpResponse<InputStream> response = send(path);
        try (InputStream body = response.body();
                StallGuard.Watch watch = stallGuard.watch(body)) {
            byte[] bytes = watch.guarded().readNBytes(most + 1);
            if (bytes.length > most) {
                throw invalidAnswer("its answer is longer than " + most + " bytes", null);
            }
            if (response.statusCode() == 404) {
                answers.ifPresent(kept -> kept.forget(path));
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
}
