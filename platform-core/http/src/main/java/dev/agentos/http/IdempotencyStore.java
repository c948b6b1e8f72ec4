package dev.agentos.http;

import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps the answers to requests that carry an {@code Idempotency-Key}, so that the same request sent again gets the
 * same answer and has its effect once, whichever server it reaches. Each method is one transaction; times are the
 * store's own.
 */
public interface IdempotencyStore {

    /**
     * Takes a key for a request, unless it is taken; of many callers at once exactly one gets {@link Claim.Taken}. A
     * key whose time is over, or that was taken longer than {@code patience} ago without an answer because its server
     * died, is taken anew.
     *
     * @param key which request
     * @param fingerprint digest of what was sent, in hexadecimal
     * @param lifetime how long the answer is kept
     * @param patience how long a request may be under way
     */
    Claim begin(Key key, String fingerprint, Duration lifetime, Duration patience);

    /** Keeps the answer to a request whose key was taken. */
    void complete(Key key, Answer answer);

    /** Gives a key back: the request had no effect and may be sent again. */
    void abandon(Key key);

    /**
     * Which request: two tenants, two credentials or two paths never meet.
     *
     * @param tenant for whom; empty for the platform
     * @param principal whose credential, {@code key_…}
     * @param route method and path, as in {@code POST /api/v1/executions}
     * @param value the header's value, 1 to 200 visible characters of ASCII
     */
    record Key(Optional<TenantId> tenant, String principal, String route, String value) {}

    /**
     * An answer to be given again.
     *
     * @param status the HTTP status
     * @param headers those that belong to it, as {@code Location}
     * @param body its JSON, without secrets
     */
    record Answer(int status, Map<String, String> headers, Optional<JsonValue> body) {
        public Answer {
            headers = Map.copyOf(headers);
        }
    }

    /** What became of taking a key. */
    sealed interface Claim {

        /** The key is the caller's: do the work, then complete or abandon. */
        record Taken() implements Claim {}

        /** The same request was answered before. */
        record Answered(Answer answer) implements Claim {}

        /** The same request is under way. */
        record Running() implements Claim {}

        /** The key was used for another request. */
        record Different() implements Claim {}
    }
}
