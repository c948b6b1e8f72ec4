package dev.agentos.registrymodel;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** One way to tell listings apart, by which they are chosen and counted. */
public enum Facet {
    /** What kind of plugin it is. */
    CATEGORY(listing -> List.of(listing.category())),
    /** The words to find it by. */
    TAG(Listing::tags),
    /** Who offers it; nobody is a value of its own, the empty one. */
    PUBLISHER(listing -> List.of(listing.publisher())),
    /** How much harm the gravest of its permissions can do: {@link Listing#risk()}. */
    RISK(listing -> List.of(listing.risk())),
    /** What it asks to be granted, by the words of permissions. */
    PERMISSION(Listing::asks);

    private final Function<Listing, List<String>> values;

    Facet(Function<Listing, List<String>> values) {
        this.values = values;
    }

    /** The name in queries and answers: in lower case. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What a listing is by this facet. */
    public List<String> values(Listing listing) {
        return values.apply(listing);
    }
}
