package dev.agentos.spi;

import java.util.regex.Pattern;

/**
 * What a provider declares of its models, for the rules of administrators: texts of 1 to 63 letters, digits, spaces,
 * dots, hyphens and underscores; what it does not know is the empty text. It is a claim: what a policy says counts
 * before it, and a rule can tell the two apart.
 *
 * @param region where the model works, as in {@code eu}; {@code local} for this server
 * @param country whose the provider is, as in {@code FR}
 * @param retention for how long it keeps what it was sent: an ISO 8601 duration, or {@code none}
 */
public record DeclaredFacts(String region, String country, String retention) {

    private static final Pattern VALUE = Pattern.compile("([A-Za-z0-9][A-Za-z0-9 ._-]{0,62})?");

    /** Nothing is declared. */
    public static final DeclaredFacts NONE = new DeclaredFacts("", "", "");

    /** @throws IllegalArgumentException when one of them is no such text */
    public DeclaredFacts {
        require("region", region);
        require("country", country);
        require("retention", retention);
    }

    private static void require(String name, String value) {
        if (!VALUE.matcher(value).matches()) {
            throw new IllegalArgumentException("The " + name + " of a model is text of 1 to 63 letters, digits, spaces,"
                    + " dots, hyphens and underscores, or nothing.");
        }
    }
}
