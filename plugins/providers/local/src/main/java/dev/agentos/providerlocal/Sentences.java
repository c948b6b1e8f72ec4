package dev.agentos.providerlocal;

import dev.agentos.spi.Content;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Cuts a passage, plain or Markdown, into sentences that are worth quoting. Headings, code, rules and lines that are
 * only links are passed over; list items, quoted lines and table rows are never run together with what is around them,
 * because a quote must stand in the passage as it is.
 */
final class Sentences {

    private static final Pattern FENCE = Pattern.compile("\\s*(```|~~~).*");
    private static final Pattern SKIPPED =
            Pattern.compile("\\s*+(#{1,6}+\\s.*|[-*_=\\s|:+]++|\\[[^]]++]:\\s++\\S++.*|<[^>]++>)");
    private static final Pattern MARKER =
            Pattern.compile("\\s*+(?:>\\s?+)*+\\s*+(?:[-*+]\\s++(?:\\[[ xX]]\\s++)?|\\d{1,3}+[.)]\\s++)?");
    private static final Pattern LINK = Pattern.compile("!?\\[([^]\\[]*+)]\\([^)\\[]*+\\)");
    private static final Pattern MARKUP = Pattern.compile("[*`~|]+|\\b_+|(?<!_)_++\\b|<[^<>]{1,200}+>");
    private static final Pattern ABBREVIATION = Pattern.compile(
            ".*\\b(?:[A-Z]|Dr|Mr|Mrs|Ms|Prof|St|No|Nr|Fig|Sec|Art|vs|e\\.g|i\\.e|cf|etc|ca|approx|Inc|Ltd|Co)\\.",
            Pattern.DOTALL);
    /** No abbreviation is longer, with the character before it. */
    private static final int LONGEST_ABBREVIATION = 20;

    private static final Pattern CITATION = Pattern.compile("\\[[A-Za-z]\\d+]");
    private static final Pattern SPACE = Pattern.compile("\\s+");
    private static final int FEWEST_WORDS = 3;

    private final Content.Passage passage;
    private final List<Sentence> found = new ArrayList<>();

    private Sentences(Content.Passage passage) {
        this.passage = passage;
    }

    /** The sentences of a passage, in order. */
    static List<Sentence> of(Content.Passage passage) {
        Sentences sentences = new Sentences(passage);
        sentences.read(passage.text());
        return sentences.found;
    }

    /** A text with each run of white space as one space. */
    static String normalised(String text) {
        return SPACE.matcher(text).replaceAll(" ").strip();
    }

    /** A text without Markdown's marks. */
    static String withoutMarkup(String text) {
        String unlinked = LINK.matcher(text).replaceAll("$1");
        return normalised(MARKUP.matcher(unlinked).replaceAll(" "));
    }

    private void read(String text) {
        StringBuilder block = new StringBuilder();
        boolean code = false;
        for (String line : text.split("\n", -1)) {
            if (FENCE.matcher(line).matches()) {
                code = !code;
                flush(block);
            } else if (code) {
                continue;
            } else if (line.isBlank() || SKIPPED.matcher(line).matches()) {
                flush(block);
            } else {
                addLine(line, block);
            }
        }
        flush(block);
    }

    private void addLine(String line, StringBuilder block) {
        var marker = MARKER.matcher(line);
        String rest = marker.lookingAt() ? line.substring(marker.end()) : line;
        boolean row = line.strip().startsWith("|");
        boolean alone = row || !line.strip().equals(rest.strip());
        if (alone) {
            flush(block);
        }
        block.append(row ? line.strip().replaceAll("^\\||\\|$", "") : rest).append('\n');
        if (row || line.strip().startsWith(">")) {
            flush(block);
        }
    }

    private void flush(StringBuilder block) {
        String text = block.toString();
        block.setLength(0);
        BreakIterator breaks = BreakIterator.getSentenceInstance(Locale.ENGLISH);
        breaks.setText(text);
        int start = 0;
        for (int end = breaks.next(); end != BreakIterator.DONE; end = breaks.next()) {
            // The iterator takes the line end of wrapped text for a full stop only where a sentence may end.
            boolean open = end < text.length() && open(text, start, end);
            if (!open) {
                add(text.substring(start, end));
                start = end;
            }
        }
        if (start < text.length()) {
            add(text.substring(start));
        }
    }

    /** Whether a piece goes on behind its end; only its last characters are looked at, as it may have grown long. */
    private static boolean open(String text, int start, int end) {
        int last = end;
        while (last > start && Character.isWhitespace(text.charAt(last - 1))) {
            last--;
        }
        if (last == start) {
            return false;
        }
        String tail = text.substring(Math.max(start, last - LONGEST_ABBREVIATION), last);
        return ABBREVIATION.matcher(tail).matches() || ".!?:;。！？…\"”')]*_`".indexOf(text.charAt(last - 1)) < 0;
    }

    private void add(String piece) {
        String quote = normalised(piece);
        String plain = withoutMarkup(piece);
        boolean onlyLinks =
                normalised(LINK.matcher(piece).replaceAll(" ")).chars().noneMatch(Character::isLetter);
        long words = SPACE.splitAsStream(plain)
                .filter(word -> word.chars().anyMatch(Character::isLetterOrDigit))
                .count();
        boolean spaceless = plain.codePoints().filter(Character::isIdeographic).count() >= 6;
        if ((words >= FEWEST_WORDS || spaceless)
                && !onlyLinks
                && !CITATION.matcher(quote).find()) {
            found.add(new Sentence(passage.id(), quote, plain));
        }
    }
}
