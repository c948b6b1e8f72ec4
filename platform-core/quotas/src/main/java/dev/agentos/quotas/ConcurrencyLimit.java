package dev.agentos.quotas;

import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * How many executions of a tenant may run at once, on all servers together.
 *
 * @param tenant whose
 * @param scope which of them are counted together
 * @param terms how many
 * @param by the id of the principal who set it
 * @param at when
 * @param revision grows with each change of it; 0 when the tenant's plan says so
 */
public record ConcurrencyLimit(TenantId tenant, Scope scope, Terms terms, String by, Instant at, long revision) {

    private static final int MOST = 1_000_000;

    /** Which executions are counted together. */
    public enum Scope {
        /** All of the tenant. */
        TENANT,
        /** Those of an agent, each for itself. */
        AGENT,
        /** Those that a principal has begun, each for itself. */
        PRINCIPAL;

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
     * How many.
     *
     * @param running may run at once, 1 to a million
     * @param queued may wait for a place beside them, 0 to a million; any number when empty; of the tenant only
     */
    public record Terms(int running, Optional<Integer> queued) {
        public Terms {
            if (running < 1 || running > MOST) {
                throw Concurrency.invalid("/running", "1 to " + MOST + " executions may run at once.");
            }
            if (queued.filter(number -> number < 0 || number > MOST).isPresent()) {
                throw Concurrency.invalid("/queued", "0 to " + MOST + " executions may wait.");
            }
        }
    }

    public ConcurrencyLimit {
        if (scope != Scope.TENANT && terms.queued().isPresent()) {
            throw Concurrency.invalid("/queued", "How many may wait is said of the whole tenant.");
        }
    }
}
