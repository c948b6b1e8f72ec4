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
     * Takes a key for a request, unless it is taken; of many callers at once exactly one gets {@link Claim.Taken}. Only
     * a key whose time is over is taken anew. One that was taken longer than {@code patience} ago and has no answer is
     * uncertain: its server may have died with the work done.
     *
     * @param key which request
     * @param fingerprint digest of what was sent, in hexadecimal
     * @param lifetime how long the answer is kept
     * @param patience how long a request may be under way
     */
    Claim begin(Key key, String fingerprint, Duration lifetime, Duration patience);

    /** Keeps the answer to a request whose key was taken; nothing if another claim has taken the key since. */
    void complete(Key key, String claim, Answer answer);

    /**
     * Keeps a key of which nobody knows any more whether its request had its effect; nothing if it is another claim's.
     */
    void doubt(Key key, String claim);

    /** Gives a key back: the request had no effect and may be sent again; nothing if it is another claim's. */
    void abandon(Key key, String claim);

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

        /**
         * The key is the caller's: do the work, then complete, doubt or abandon.
         *
         * @param claim tells this claim from those of the same key before and behind it
         */
        record Taken(String claim) implements Claim {}

        /** The same request was answered before. */
        record Answered(Answer answer) implements Claim {}

        /** The same request is under way. */
        record Running() implements Claim {}

        /** The same request began, and may have had its effect. */
        record Uncertain() implements Claim {}

        /** The key was used for another request. */
        record Different() implements Claim {}
    }
}
