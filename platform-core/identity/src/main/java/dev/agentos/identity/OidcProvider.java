package dev.agentos.identity;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.HttpAccess;
import dev.agentos.spi.HttpRequest;
import dev.agentos.spi.HttpResponse;
import dev.agentos.spi.JsonObject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the identity provider says of itself, and its keys. Both are read from the configured issuer alone: nothing in a
 * token leads anywhere. Keys are read again each hour, and for one that is not known, at most once a minute; one
 * request at a time reads them, and those whose key is known do not wait for it. While the provider is away, what it
 * said holds for a day.
 */
final class OidcProvider {

    private static final Logger LOG = LoggerFactory.getLogger(OidcProvider.class);

    private static final Duration FRESH = Duration.ofHours(1);
    private static final Duration KEPT = Duration.ofHours(24);
    private static final Duration PAUSE = Duration.ofMinutes(1);

    /** How long a request whose key is not known waits for another one that reads them. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int MOST_BYTES = 256 * 1024;

    private final OidcConfig config;
    private final HttpAccess http;
    private final InstantSource clock;
    private final ReentrantLock reading = new ReentrantLock();
    private volatile Optional<JsonObject> metadata = Optional.empty();
    private volatile Optional<Published> published = Optional.empty();
    private volatile Instant triedAt = Instant.EPOCH;

    /** What the provider said last. */
    private record Published(List<JWK> keys, Instant at) {

        Optional<JWK> key(String id) {
            return keys.stream().filter(key -> id.equals(key.getKeyID())).findFirst();
        }
    }

    OidcProvider(OidcConfig config, HttpAccess http, InstantSource clock) {
        this.config = config;
        this.http = http;
        this.clock = clock;
    }

    OidcConfig config() {
        return config;
    }

    /**
     * The key of that id; empty when the provider has none such.
     *
     * @throws AgentOsException {@code identity:PROVIDER_UNAVAILABLE} when nothing is known of its keys
     */
    Optional<JWK> key(String id) {
        Optional<Published> known = published();
        Optional<JWK> key = known.flatMap(one -> one.key(id));
        boolean fresh = known.filter(one -> one.at().plus(FRESH).isAfter(clock.instant()))
                .isPresent();
        if ((key.isEmpty() || !fresh) && mayTry() && mine(key.isPresent() ? Duration.ZERO : PATIENCE)) {
            try {
                // Whoever was waited for may have read them.
                if (mayTry()) {
                    readAgain();
                }
            } finally {
                reading.unlock();
            }
        }
        return published()
                .orElseThrow(() -> unavailable("its keys could not be read", null))
                .key(id);
    }

    private Optional<Published> published() {
        return published.filter(one -> one.at().plus(KEPT).isAfter(clock.instant()));
    }

    private boolean mayTry() {
        return !triedAt.plus(PAUSE).isAfter(clock.instant());
    }

    private boolean mine(Duration patience) {
        try {
            return reading.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void readAgain() {
        Instant now = clock.instant();
        try {
            published = Optional.of(new Published(read(), now));
        } catch (AgentOsException e) {
            LOG.warn("The keys of {} are not read again for a minute", config.issuer(), e);
        } finally {
            triedAt = now;
        }
    }

    private List<JWK> read() {
        try {
            return JWKSet.parse(Json.write(get(endpoint("jwks_uri")))).getKeys();
        } catch (ParseException e) {
            throw unavailable("its keys cannot be read", e);
        }
    }

    /** An address that the provider names in its description. */
    URI endpoint(String name) {
        JsonObject known = metadata.orElseGet(this::described);
        URI address = known.text(name).map(URI::create).orElseThrow(() -> unavailable("it names no " + name, null));
        if (!OidcConfig.secure(address)) {
            throw unavailable("its " + name + " is not of HTTPS", null);
        }
        return address;
    }

    private JsonObject described() {
        JsonObject found = get(config.discovery());
        if (!found.text("issuer").filter(config.issuer().toString()::equals).isPresent()) {
            throw unavailable("it says that it is another issuer", null);
        }
        metadata = Optional.of(found);
        return found;
    }

    private JsonObject get(URI address) {
        return send(new HttpRequest(
                "GET", address, Map.of("accept", List.of("application/json")), new byte[0], TIMEOUT, MOST_BYTES));
    }

    /** Sends a form to the provider and reads its answer. */
    JsonObject post(URI address, String form, Map<String, List<String>> headers) {
        return send(
                new HttpRequest("POST", address, headers, form.getBytes(StandardCharsets.UTF_8), TIMEOUT, MOST_BYTES));
    }

    private JsonObject send(HttpRequest request) {
        HttpResponse response;
        try {
            response = http.send(request);
            if (response.status() == 200) {
                return Json.parseObject(new String(response.body(), StandardCharsets.UTF_8));
            }
        } catch (AgentOsException e) {
            throw unavailable("it does not answer as it should", e);
        }
        throw unavailable("it answers with the status " + response.status(), null);
    }

    private AgentOsException unavailable(String why, @Nullable Exception cause) {
        String message = "The identity provider " + config.issuer() + " cannot be used: " + why + ".";
        String action = "Try again later; if it lasts, check the settings that begin with oidc.";
        return cause == null
                ? new AgentOsException(IdentityErrorCode.PROVIDER_UNAVAILABLE, message, action)
                : new AgentOsException(IdentityErrorCode.PROVIDER_UNAVAILABLE, message, action, cause);
    }
}
