package dev.agentos.tooldocuments;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Splits a text, plain or Markdown. A heading always begins a new passage. Within a section a passage ends at the last
 * paragraph, line, sentence or word that fits, in this order of preference, and the next one repeats the end of it from
 * the beginning of a sentence or word.
 */
final class Splitter {

    private static final Pattern FENCE = Pattern.compile("\\s{0,3}(```|~~~).*");
    private static final Pattern PARAGRAPH_END = Pattern.compile("\\n[ \\t\\r]*\\n\\s*");
    private static final Pattern LINE_END = Pattern.compile("\\n");
    private static final Pattern SENTENCE_END = Pattern.compile("[.!?…]['\"”’)\\]]*\\s+|[。！？]");
    private static final Pattern WORD_END = Pattern.compile("\\s+");

    private static final int DEEPEST_HEADING = 6;

    private record Section(int start, int body, int end, String heading) {}

    /** Read by hand: a pattern would try each way to share out the white space of a line that is none. */
    private record Heading(int level, String text) {

        static Optional<Heading> of(String line) {
            int level = 0;
            while (level < line.length() && line.charAt(level) == '#') {
                level++;
            }
            if (level == 0
                    || level > DEEPEST_HEADING
                    || level == line.length()
                    || !Character.isWhitespace(line.charAt(level))) {
                return Optional.empty();
            }
            String text = line.substring(level).strip();
            int end = text.length();
            while (end > 0 && text.charAt(end - 1) == '#') {
                end--;
            }
            return Optional.of(new Heading(level, text.substring(0, end).strip()));
        }
    }

    private final String text;
    private final int longest;
    private final int overlap;
    private final List<Passage> passages = new ArrayList<>();

    private Splitter(String text, int longest, int overlap) {
        this.text = text;
        this.longest = longest;
        this.overlap = overlap;
    }

    /** The passages of a text, in order, each of at most {@code longest} characters. */
    static List<Passage> split(String text, int longest, int overlap) {
        Splitter splitter = new Splitter(text, longest, overlap);
        sections(text).forEach(splitter::splitSection);
        return splitter.passages;
    }

    private static List<Section> sections(String text) {
        List<Section> sections = new ArrayList<>();
        String[] headings = new String[DEEPEST_HEADING];
        Arrays.fill(headings, "");
        boolean code = false;
        int start = 0;
        int body = 0;
        for (int line = 0; line < text.length(); ) {
            int newline = text.indexOf('\n', line);
            int next = newline < 0 ? text.length() : newline + 1;
            String content = text.substring(line, newline < 0 ? next : newline).stripTrailing();
            Optional<Heading> heading = Heading.of(content);
            if (FENCE.matcher(content).matches()) {
                code = !code;
            } else if (!code && heading.isPresent()) {
                sections.add(new Section(start, body, line, path(headings)));
                int level = heading.get().level();
                headings[level - 1] = heading.get().text();
                Arrays.fill(headings, level, headings.length, "");
                start = line;
                body = next;
            }
            line = next;
        }
        sections.add(new Section(start, body, text.length(), path(headings)));
        return sections;
    }

    private static String path(String[] headings) {
        return Arrays.stream(headings).filter(heading -> !heading.isBlank()).collect(Collectors.joining(" > "));
    }

    private void splitSection(Section section) {
        if (text.substring(section.body, section.end).isBlank()) {
            return;
        }
        int from = section.start;
        while (from < section.end) {
            int to = section.end - from <= longest ? section.end : cut(from, from + longest);
            add(from, to, section.heading);
            from = to >= section.end ? to : nextStart(from, to);
        }
    }

    private int cut(int from, int limit) {
        int earliest = from + longest / 2;
        for (Pattern boundary : List.of(PARAGRAPH_END, LINE_END, SENTENCE_END, WORD_END)) {
            int best = last(boundary, earliest, limit);
            if (best > 0) {
                return best;
            }
        }
        return Character.isLowSurrogate(text.charAt(limit)) ? limit - 1 : limit;
    }

    private int last(Pattern boundary, int from, int limit) {
        Matcher matcher = boundary.matcher(text).region(from, limit);
        int best = 0;
        while (matcher.find()) {
            best = matcher.end();
        }
        return best;
    }

    private int nextStart(int from, int to) {
        int earliest = Math.max(from + 1, to - overlap);
        for (Pattern boundary : List.of(SENTENCE_END, WORD_END)) {
            Matcher matcher = boundary.matcher(text).region(earliest, to);
            if (matcher.find() && matcher.end() < to) {
                return matcher.end();
            }
        }
        return to;
    }

    private void add(int from, int to, String heading) {
        int start = from;
        int end = to;
        while (start < end && Character.isWhitespace(text.charAt(start))) {
            start++;
        }
        while (end > start && Character.isWhitespace(text.charAt(end - 1))) {
            end--;
        }
        boolean repeated = !passages.isEmpty() && end <= passages.getLast().end();
        if (start < end && !repeated) {
            passages.add(new Passage(start, end, heading));
        }
    }
}
