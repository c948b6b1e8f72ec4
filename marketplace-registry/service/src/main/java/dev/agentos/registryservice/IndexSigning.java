package dev.agentos.registryservice;

import java.time.Duration;

/**
 * How a registry signs its index.
 *
 * @param name what the registry calls itself, also in the certificate that is made with its key
 * @param life for how long a signed index is valid, 1 to {@value #MAX_DAYS} days; it is signed anew in the middle
 */
public record IndexSigning(String name, Duration life) {

    /** The longest life, in days. */
    public static final int MAX_DAYS = 365;

    /** A week: whoever holds back a newer index is found out after it. */
    public static final IndexSigning USUAL = new IndexSigning("AgentOS registry", Duration.ofDays(7));

    public IndexSigning {
        if (life.compareTo(Duration.ofDays(1)) < 0 || life.compareTo(Duration.ofDays(MAX_DAYS)) > 0) {
            throw new IllegalArgumentException("An index is valid for 1 to " + MAX_DAYS + " days");
        }
    }
}
