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
import org.jspecify.annotations.Nullable;

/**
 * What the identity provider says of itself, and its keys. Both are read from the configured issuer alone: nothing in a
 * token leads anywhere. Keys are read again each hour, and for one that is not known, at most once a minute.
 */
final class OidcProvider {

    private static final Duration FRESH = Duration.ofHours(1);
    private static final Duration PAUSE = Duration.ofMinutes(1);
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int MOST_BYTES = 256 * 1024;

    private final OidcConfig config;
    private final HttpAccess http;
    private final InstantSource clock;
    private Optional<JsonObject> metadata = Optional.empty();
    private List<JWK> keys = List.of();
    private Instant readAt = Instant.MIN;
    private Instant triedAt = Instant.MIN;

    OidcProvider(OidcConfig config, HttpAccess http, InstantSource clock) {
        this.config = config;
        this.http = http;
        this.clock = clock;
    }

    OidcConfig config() {
        return config;
    }

    /** The key of that id; empty when the provider has none such. */
    synchronized Optional<JWK> key(String id) {
        Instant now = clock.instant();
        Optional<JWK> known = known(id);
        boolean stale = readAt.equals(Instant.MIN) || readAt.plus(FRESH).isBefore(now);
        boolean mayTry = triedAt.equals(Instant.MIN) || !triedAt.plus(PAUSE).isAfter(now);
        if ((known.isPresent() && !stale) || !mayTry) {
            return stale ? Optional.empty() : known;
        }
        triedAt = now;
        keys = read();
        readAt = now;
        return known(id);
    }

    private Optional<JWK> known(String id) {
        return keys.stream().filter(key -> id.equals(key.getKeyID())).findFirst();
    }

    private List<JWK> read() {
        try {
            return JWKSet.parse(Json.write(get(endpoint("jwks_uri")))).getKeys();
        } catch (ParseException e) {
            throw unavailable("its keys cannot be read", e);
        }
    }

    /** An address that the provider names in its description. */
    synchronized URI endpoint(String name) {
        if (metadata.isEmpty()) {
            JsonObject found = get(config.discovery());
            if (!found.text("issuer").filter(config.issuer().toString()::equals).isPresent()) {
                throw unavailable("it says that it is another issuer", null);
            }
            metadata = Optional.of(found);
        }
        URI address =
                metadata.get().text(name).map(URI::create).orElseThrow(() -> unavailable("it names no " + name, null));
        if (!OidcConfig.secure(address)) {
            throw unavailable("its " + name + " is not of HTTPS", null);
        }
        return address;
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
