package dev.agentos.limits;

import dev.agentos.kernel.Revisions;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * How often a tenant may ask the API, on all servers together.
 *
 * @param tenant whose requests
 * @param scope which of them are counted together
 * @param terms how many
 * @param by the id of the principal who set it
 * @param at when
 * @param revision the number of its state; {@link Revisions#NONE} of what a plan says
 */
public record RateLimit(TenantId tenant, Scope scope, Terms terms, String by, Instant at, long revision) {

    private static final int MOST = 10_000_000;
    private static final Duration LONGEST = Duration.ofDays(1);

    /** Which requests are counted together. */
    public enum Scope {
        /** All of the tenant. */
        TENANT,
        /** Those of an API key, each for itself. */
        KEY;

        /** The scope of that word. */
        public static Optional<Scope> ofWord(String word) {
            return Arrays.stream(values())
                    .filter(one -> one.word().equals(word))
                    .findFirst();
        }

        /** How the API writes it. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * How many requests.
     *
     * @param requests 1 to 10 million
     * @param window in which they may come, 1 second to 1 day; it begins with the first request
     * @param even whether they are to be spread over the window, rather than come all at once
     */
    public record Terms(int requests, Duration window, boolean even) {
        public Terms {
            if (requests < 1 || requests > MOST) {
                throw RateLimits.invalid("/requests", "A limit is of 1 to " + MOST + " requests.");
            }
            if (window.compareTo(Duration.ofSeconds(1)) < 0 || window.compareTo(LONGEST) > 0 || window.getNano() != 0) {
                throw RateLimits.invalid("/window", "A window lasts 1 second to 1 day, in whole seconds.");
            }
        }

        /** What is counted: the limit, or, when it is to be even, an equal part of it that lasts a second or longer. */
        Slice slice() {
            long millis = window.toMillis();
            if (!even) {
                return new Slice(requests, millis);
            }
            int most = Math.toIntExact(Math.ceilDiv(requests, window.toSeconds()));
            return new Slice(most, Math.ceilDiv(millis * most, requests));
        }
    }

    /**
     * A number of requests in a time.
     *
     * @param most how many
     * @param millis how long, in milliseconds
     */
    record Slice(int most, long millis) {}
}
