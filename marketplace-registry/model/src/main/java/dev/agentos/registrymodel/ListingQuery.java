package dev.agentos.registrymodel;

import dev.agentos.kernel.PageRequest;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which listings are wanted. Without text they come last updated first, with text best match first.
 *
 * @param text words that must all occur in id, title, tags, publisher or description; at most {@value #MAX_TEXT}
 *     characters
 * @param facets only those that have this value by that facet
 * @param among only these, or all but these
 * @param page which page
 */
public record ListingQuery(Optional<String> text, Map<Facet, String> facets, Optional<Among> among, PageRequest page) {

    /** The longest text, in characters. */
    public static final int MAX_TEXT = 200;

    /** The most ids of {@link Among}. */
    public static final int MAX_AMONG = 1_000;

    /** All listings, the first page. */
    public static final ListingQuery ALL =
            new ListingQuery(Optional.empty(), Map.of(), Optional.empty(), PageRequest.FIRST);

    /**
     * Some listings by their ids, and whether these are wanted or all others.
     *
     * @param slugs at most {@value ListingQuery#MAX_AMONG}
     * @param wanted whether those are meant, and not all others
     */
    public record Among(Set<String> slugs, boolean wanted) {
        public Among {
            if (slugs.size() > MAX_AMONG) {
                throw new IllegalArgumentException("At most " + MAX_AMONG + " listings are named");
            }
            slugs = Set.copyOf(new TreeSet<>(slugs));
        }

        /** Whether that listing is one of those that are meant. */
        public boolean holds(String slug) {
            return slugs.contains(slug) == wanted;
        }
    }

    public ListingQuery {
        if (text.filter(words -> words.length() > MAX_TEXT).isPresent()) {
            throw new IllegalArgumentException("A search text has at most " + MAX_TEXT + " characters");
        }
        Map<Facet, String> copy = new EnumMap<>(Facet.class);
        copy.putAll(facets);
        facets = copy;
    }

    /** The first page of what matches those words. */
    public static ListingQuery ofText(String text) {
        return new ListingQuery(Optional.of(text), Map.of(), Optional.empty(), PageRequest.FIRST);
    }

    /** The same query for other words and choices. */
    public ListingQuery with(Optional<String> words, Map<Facet, String> chosen) {
        return new ListingQuery(words, chosen, among, page);
    }

    /** The same query for another page. */
    public ListingQuery at(PageRequest other) {
        return new ListingQuery(text, facets, among, other);
    }

    /** The same query for those alone, or for all but those. */
    public ListingQuery among(Among other) {
        return new ListingQuery(text, facets, Optional.of(other), page);
    }

    /** The same query, whatever a listing is by that facet. */
    public ListingQuery without(Facet facet) {
        Map<Facet, String> others = new EnumMap<>(Facet.class);
        others.putAll(facets);
        others.remove(facet);
        return new ListingQuery(text, others, among, page);
    }

    /** Whether a listing fits all but the words. */
    public boolean admits(Listing listing) {
        return among.filter(some -> !some.holds(listing.slug())).isEmpty()
                && facets.entrySet().stream()
                        .allMatch(chosen -> chosen.getKey().values(listing).contains(chosen.getValue()));
    }
}
