package dev.agentos.http;

import dev.agentos.execution.RequestKey;
import dev.agentos.kernel.Digests;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.web.Caller;
import dev.agentos.web.HttpErrorCode;
import dev.agentos.web.RouteFeature;
import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers a POST that carries an {@code Idempotency-Key} once, and repeats that answer for 24 hours. The effect and its
 * answer are not stored in one transaction, so a key may be left of which nobody knows whether the effect has happened;
 * such a request is never carried out again by itself.
 */
@Priority(Priorities.USER)
final class IdempotencyFilter implements ContainerRequestFilter, ContainerResponseFilter {

    static final String HEADER = "Idempotency-Key";
    static final String REPLAYED = "Idempotency-Replayed";

    private static final Logger LOG = LoggerFactory.getLogger(IdempotencyFilter.class);
    private static final String PROPERTY = "dev.agentos.idempotency";
    private static final String HANDED_OVER = "dev.agentos.handedOver";
    private static final String REQUEST_KEY = "dev.agentos.requestKey";
    private static final Duration LIFETIME = Duration.ofHours(24);
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** What answers with values that are kept encrypted: its answers are not kept, and are given anew. */
    private static final Set<String> ANSWERED_ANEW = Set.of("redactions/reveal");

    private final IdempotencyStore store;

    /** A key that this request has taken. */
    private record Held(IdempotencyStore.Key key, String claim) {}

    IdempotencyFilter(IdempotencyStore store) {
        this.store = store;
    }

    /** Runs behind all checks: from here on a request may have an effect. */
    static void handOver(ContainerRequestContext request) {
        request.setProperty(HANDED_OVER, true);
    }

    /** The key of a request whose resource method keeps it itself. */
    static Optional<RequestKey> keyOf(ContainerRequestContext request) {
        return request.getProperty(REQUEST_KEY) instanceof RequestKey key ? Optional.of(key) : Optional.empty();
    }

    /** A request whose key was used for another one. */
    static AgentOsException reused() {
        return new AgentOsException(
                HttpErrorCode.IDEMPOTENCY_KEY_REUSED,
                "This " + HEADER + " was used for a request with another content.",
                "Use a new key for each request that is to have an effect of its own.");
    }

    @Override
    public void filter(ContainerRequestContext request) {
        String value = request.getHeaderString(HEADER);
        if (value == null
                || !request.getMethod().equals("POST")
                || Caller.find(request).isEmpty()) {
            return;
        }
        if (!RequestKey.valid(value)) {
            throw InvalidInputException.of(
                    KernelErrorCode.INVALID_FIELD,
                    "/" + HEADER,
                    "The header " + HEADER + " is not 1 to 200 visible characters of ASCII.",
                    "Send a UUID, for example.");
        }
        // A streamed body is still to come: whoever receives it claims the key.
        if (request.getProperty(RouteFeature.BODY) instanceof byte[] body) {
            claim(request, value, String.valueOf(request.getHeaderString("Content-Type")), body)
                    .ifPresent(request::abortWith);
        }
    }

    /**
     * Claims the key of a request whose body was streamed.
     *
     * @param sha256 digest of what was received
     * @return the answer to give instead of doing the work, if the request was answered before
     * @throws AgentOsException if the key is in use, or was used for another content
     */
    Optional<Response> claim(ContainerRequestContext request, String sha256) {
        String value = request.getHeaderString(HEADER);
        // A form's content type names a boundary, which is another each time: the file alone is what was sent.
        return value == null
                ? Optional.empty()
                : claim(request, value, "upload", sha256.getBytes(StandardCharsets.US_ASCII));
    }

    private Optional<Response> claim(ContainerRequestContext request, String value, String kind, byte[] content) {
        Caller caller = Caller.of(request);
        String route = "POST " + request.getUriInfo().getRequestUri().getRawPath();
        String fingerprint = fingerprint(request, kind, content);
        if (request.getProperty(RouteFeature.ADMITS_ONCE) != null) {
            request.setProperty(REQUEST_KEY, new RequestKey(caller.principal().id(), route, value, fingerprint));
            return Optional.empty();
        }
        IdempotencyStore.Key key =
                new IdempotencyStore.Key(caller.actingFor(), caller.principal().id(), route, value);
        switch (store.begin(key, fingerprint, LIFETIME, PATIENCE)) {
            case IdempotencyStore.Claim.Taken(String claim) -> {
                request.setProperty(PROPERTY, new Held(key, claim));
                return Optional.empty();
            }
            case IdempotencyStore.Claim.Answered(IdempotencyStore.Answer answer) -> {
                return answeredAnew(request) ? Optional.empty() : Optional.of(replay(answer));
            }
            case IdempotencyStore.Claim.Running ignored ->
                throw new AgentOsException(
                        HttpErrorCode.IDEMPOTENCY_KEY_RUNNING,
                        "A request with this " + HEADER + " is still under way.",
                        "Wait for its answer, or send the same again in a moment.");
            case IdempotencyStore.Claim.Uncertain ignored ->
                throw new AgentOsException(
                        HttpErrorCode.IDEMPOTENCY_KEY_UNCERTAIN,
                        "A request with this " + HEADER
                                + " began, and it is not known how it ended: it may have been carried out.",
                        "Look at what it was to make or change; if that has not happened, send it with a new key.");
            case IdempotencyStore.Claim.Different ignored -> throw reused();
        }
    }

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
        if (!(request.getProperty(PROPERTY) instanceof Held(IdempotencyStore.Key key, String claim))) {
            return;
        }
        int status = response.getStatus();
        try {
            if (status < 300) {
                store.complete(
                        key,
                        claim,
                        answeredAnew(request)
                                ? new IdempotencyStore.Answer(status, Map.of(), Optional.empty())
                                : answer(response));
            } else if (status >= 500 && request.getProperty(HANDED_OVER) != null) {
                store.doubt(key, claim);
            } else {
                store.abandon(key, claim);
            }
        } catch (RuntimeException e) {
            // The client gets the true answer; the key is uncertain when its patience is over.
            LOG.warn("What became of a request with an {} could not be kept; it was answered {}", HEADER, status, e);
        }
    }

    private static boolean answeredAnew(ContainerRequestContext request) {
        return ANSWERED_ANEW.contains(request.getUriInfo().getPath());
    }

    private static IdempotencyStore.Answer answer(ContainerResponseContext response) {
        Map<String, String> headers = new LinkedHashMap<>();
        for (String name : new String[] {"Location", "ETag"}) {
            String value = response.getHeaderString(name);
            if (value != null) {
                headers.put(name, value);
            }
        }
        return new IdempotencyStore.Answer(response.getStatus(), headers, keepable(response.getEntity()));
    }

    /** A secret is shown once; the kept answer is without it. */
    private static Optional<JsonValue> keepable(Object entity) {
        if (entity instanceof JsonObject object) {
            Map<String, JsonValue> members = new LinkedHashMap<>(object.members());
            List.of("secret", "invitation", "csrf").forEach(members::remove);
            return Optional.of(new JsonObject(members));
        }
        return Optional.empty();
    }

    private static Response replay(IdempotencyStore.Answer answer) {
        Response.ResponseBuilder response = Response.status(answer.status()).header(REPLAYED, "true");
        answer.headers().forEach(response::header);
        answer.body().ifPresent(body -> response.entity(body).type(MediaType.APPLICATION_JSON_TYPE));
        return response.build();
    }

    private static String fingerprint(ContainerRequestContext request, String kind, byte[] content) {
        MessageDigest sha256 = Digests.sha256();
        String head = request.getUriInfo().getRequestUri().getRawQuery() + "\n" + kind + "\n";
        sha256.update(head.getBytes(StandardCharsets.UTF_8));
        sha256.update(content);
        return Digests.hex(sha256);
    }
}
