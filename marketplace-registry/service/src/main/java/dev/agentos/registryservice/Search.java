package dev.agentos.registryservice;

import dev.agentos.kernel.Page;
import dev.agentos.registrymodel.Facet;
import dev.agentos.registrymodel.FacetCounts;
import dev.agentos.registrymodel.Listing;
import dev.agentos.registrymodel.ListingQuery;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.spi.AgentOsException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Finds and ranks listings. Each has a rank, from the match or from its time, and the page order is rank then slug; the
 * cursor is that pair of the last item, so that a page starts where the one before ended whatever was published since.
 */
final class Search {

    private static final int ID_IS_WORD = 100;
    private static final int ID_OR_TITLE_STARTS = 40;
    private static final int ID_OR_TITLE_HAS = 20;
    private static final int TAG_IS_WORD = 15;
    private static final int PUBLISHER_HAS = 5;
    private static final int DESCRIPTION_HAS = 3;

    private record Ranked(Listing listing, long rank) {}

    private record Position(long rank, String slug) {}

    private Search() {}

    static Page<Listing> find(Collection<Listing> listings, ListingQuery query) {
        List<String> words = words(query.text().orElse(""));
        Optional<Position> after = query.page().cursor().map(Search::position);
        List<Ranked> found = listings.stream()
                .filter(query::admits)
                .map(listing -> new Ranked(
                        listing, words.isEmpty() ? listing.updatedAt().toEpochMilli() : rank(listing, words)))
                .filter(ranked -> words.isEmpty() || ranked.rank() > 0)
                .filter(ranked -> after.isEmpty() || isAfter(ranked, after.get()))
                .sorted(Comparator.comparingLong(Ranked::rank)
                        .reversed()
                        .thenComparing(ranked -> ranked.listing().slug()))
                .limit(query.page().limit() + 1L)
                .toList();
        Page<Ranked> page = Page.of(found, query.page().limit(), Search::cursor);
        return new Page<>(page.items().stream().map(Ranked::listing).toList(), page.next());
    }

    /** Counts what a query matches, and what it would match by each value of each facet. */
    static FacetCounts count(Collection<Listing> listings, ListingQuery query) {
        List<String> words = words(query.text().orElse(""));
        List<Listing> named = listings.stream()
                .filter(listing -> words.isEmpty() || rank(listing, words) > 0)
                .toList();
        Map<Facet, Map<String, Long>> counts = new EnumMap<>(Facet.class);
        for (Facet facet : Facet.values()) {
            ListingQuery others = query.without(facet);
            counts.put(
                    facet,
                    named.stream()
                            .filter(others::admits)
                            .flatMap(listing -> facet.values(listing).stream().distinct())
                            .collect(Collectors.groupingBy(value -> value, Collectors.counting())));
        }
        return new FacetCounts(named.stream().filter(query::admits).count(), counts);
    }

    private static boolean isAfter(Ranked ranked, Position position) {
        return ranked.rank() < position.rank()
                || (ranked.rank() == position.rank() && ranked.listing().slug().compareTo(position.slug()) > 0);
    }

    private static List<String> words(String text) {
        return Arrays.stream(text.toLowerCase(Locale.ROOT).split("\\s+"))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /** The sum over the words; 0 when one of them does not occur. */
    private static long rank(Listing listing, List<String> words) {
        long sum = 0;
        for (String word : words) {
            long rank = rank(listing, word);
            if (rank == 0) {
                return 0;
            }
            sum += rank;
        }
        return sum;
    }

    private static long rank(Listing listing, String word) {
        String title = listing.title().toLowerCase(Locale.ROOT);
        long rank = 0;
        if (listing.slug().equals(word)) {
            rank += ID_IS_WORD;
        }
        if (listing.slug().startsWith(word) || title.startsWith(word)) {
            rank += ID_OR_TITLE_STARTS;
        } else if (listing.slug().contains(word) || title.contains(word)) {
            rank += ID_OR_TITLE_HAS;
        }
        if (listing.tags().contains(word) || listing.category().equals(word)) {
            rank += TAG_IS_WORD;
        }
        if (listing.publisher().toLowerCase(Locale.ROOT).contains(word)) {
            rank += PUBLISHER_HAS;
        }
        if (listing.description().toLowerCase(Locale.ROOT).contains(word)) {
            rank += DESCRIPTION_HAS;
        }
        return rank;
    }

    private static String cursor(Ranked last) {
        String text = last.rank() + " " + last.listing().slug();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Position position(String cursor) {
        try {
            String text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
            int space = text.indexOf(' ');
            return new Position(Long.parseLong(text.substring(0, Math.max(0, space))), text.substring(space + 1));
        } catch (IllegalArgumentException e) {
            throw new AgentOsException(
                    RegistryErrorCode.INVALID_CURSOR,
                    "The cursor is not one that this registry gave.",
                    "Take 'next' of the page before, or leave the cursor out to start again.",
                    e);
        }
    }
}
