package dev.agentos.registrymodel;

import dev.agentos.kernel.PageRequest;
import java.util.Optional;

/**
 * Which listings are wanted. Without text they come last updated first, with text best match first.
 *
 * @param text words that must all occur in id, title, tags, publisher or description; at most {@value #MAX_TEXT}
 *     characters
 * @param category only of this category
 * @param tag only with this tag
 * @param page which page
 */
public record ListingQuery(Optional<String> text, Optional<String> category, Optional<String> tag, PageRequest page) {

    /** The longest text, in characters. */
    public static final int MAX_TEXT = 200;

    /** All listings, the first page. */
    public static final ListingQuery ALL =
            new ListingQuery(Optional.empty(), Optional.empty(), Optional.empty(), PageRequest.FIRST);

    public ListingQuery {
        if (text.filter(words -> words.length() > MAX_TEXT).isPresent()) {
            throw new IllegalArgumentException("A search text has at most " + MAX_TEXT + " characters");
        }
    }

    /** The first page of what matches those words. */
    public static ListingQuery ofText(String text) {
        return new ListingQuery(Optional.of(text), Optional.empty(), Optional.empty(), PageRequest.FIRST);
    }

    /** The same query for another page. */
    public ListingQuery at(PageRequest other) {
        return new ListingQuery(text, category, tag, other);
    }
}
