package dev.agentos.tooldocuments;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text of an HTML page as simple Markdown: headings and list items keep their marks, blocks are paragraphs, and
 * what a reader does not see is left out. Tags are read as they come; broken HTML gives text all the same.
 */
final class HtmlText {

    /** How a tag, a comment or a declaration begins; where it ends is looked for by hand. */
    private static final Pattern BEGINNING = Pattern.compile("<!--|<[!?]|<(/?)([A-Za-z][A-Za-z0-9-]*+)");

    private static final String COMMENT = "<!--";
    private static final String COMMENT_END = "-->";
    private static final Pattern SPACES = Pattern.compile("\\s+");
    private static final Pattern ENTITY =
            Pattern.compile("&(#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});");
    private static final Set<String> HIDDEN =
            Set.of("script", "style", "head", "template", "noscript", "svg", "iframe", "object");
    private static final Set<String> BLOCKS = Set.of(
            "p",
            "div",
            "section",
            "article",
            "header",
            "footer",
            "main",
            "nav",
            "aside",
            "ul",
            "ol",
            "table",
            "pre",
            "blockquote",
            "figure",
            "figcaption",
            "form",
            "dl",
            "address",
            "hr",
            "body",
            "fieldset",
            "details");
    private static final Set<String> LINES = Set.of("br", "tr", "dt", "dd", "summary", "option", "caption");
    private static final Map<String, String> ENTITIES = Map.ofEntries(
            Map.entry("amp", "&"),
            Map.entry("lt", "<"),
            Map.entry("gt", ">"),
            Map.entry("quot", "\""),
            Map.entry("apos", "'"),
            Map.entry("nbsp", " "),
            Map.entry("copy", "©"),
            Map.entry("reg", "®"),
            Map.entry("euro", "€"),
            Map.entry("pound", "£"),
            Map.entry("hellip", "…"),
            Map.entry("mdash", "—"),
            Map.entry("ndash", "–"),
            Map.entry("lsquo", "‘"),
            Map.entry("rsquo", "’"),
            Map.entry("ldquo", "“"),
            Map.entry("rdquo", "”"),
            Map.entry("laquo", "«"),
            Map.entry("raquo", "»"),
            Map.entry("deg", "°"),
            Map.entry("auml", "ä"),
            Map.entry("ouml", "ö"),
            Map.entry("uuml", "ü"),
            Map.entry("Auml", "Ä"),
            Map.entry("Ouml", "Ö"),
            Map.entry("Uuml", "Ü"),
            Map.entry("szlig", "ß"),
            Map.entry("eacute", "é"),
            Map.entry("egrave", "è"),
            Map.entry("agrave", "à"),
            Map.entry("ccedil", "ç"),
            Map.entry("bull", "•"));

    private final StringBuilder out = new StringBuilder();
    private String hiddenBy = "";
    /** Until a tag had no end outside of its quotes: from then on a tag ends at the nearest >, quoted or not. */
    private boolean quotesHold = true;

    private HtmlText() {}

    /** The text of a page. */
    static String of(String html) {
        HtmlText text = new HtmlText();
        Matcher token = BEGINNING.matcher(html);
        int from = 0;
        while (token.find(from)) {
            int end = text.end(html, token);
            if (end < 0) {
                break;
            }
            text.text(html.substring(from, token.start()));
            if (token.group(2) != null) {
                text.tag(
                        token.group(2).toLowerCase(Locale.ROOT), !token.group(1).isEmpty());
            }
            from = end;
        }
        text.text(html.substring(from));
        return text.out
                .toString()
                .replaceAll("[ \\t]+\\n", "\n")
                .replaceAll("\\n{3,}", "\n\n")
                .strip();
    }

    /** Behind what begins there; -1 when no > follows, so that nothing more can end. */
    private int end(String html, Matcher token) {
        if (token.group().equals(COMMENT)) {
            int end = html.indexOf(COMMENT_END, token.end());
            return end < 0 ? html.length() : end + COMMENT_END.length();
        }
        int nearest = html.indexOf('>', token.end());
        if (nearest < 0 || token.group(2) == null) {
            return nearest < 0 ? -1 : nearest + 1;
        }
        for (int at = token.end(); quotesHold && at < html.length(); at++) {
            char c = html.charAt(at);
            if (c == '>') {
                return at + 1;
            }
            if (c == '"' || c == '\'') {
                int closing = html.indexOf(c, at + 1);
                at = closing < 0 ? html.length() : closing;
            }
        }
        // Looked for again and again, the end that quotes hide could take for ever.
        quotesHold = false;
        return nearest + 1;
    }

    private void text(String raw) {
        if (!hiddenBy.isEmpty()) {
            return;
        }
        String text = SPACES.matcher(decoded(raw)).replaceAll(" ");
        boolean fresh = out.isEmpty() || Character.isWhitespace(out.charAt(out.length() - 1));
        out.append(fresh ? text.stripLeading() : text);
    }

    private void tag(String name, boolean closing) {
        if (!hiddenBy.isEmpty()) {
            hiddenBy = closing && name.equals(hiddenBy) ? "" : hiddenBy;
            return;
        }
        if (HIDDEN.contains(name)) {
            hiddenBy = closing ? "" : name;
        } else if (name.matches("h[1-6]")) {
            out.append("\n\n");
            out.append(closing ? "" : "#".repeat(name.charAt(1) - '0') + " ");
        } else if (BLOCKS.contains(name)) {
            out.append("\n\n");
        } else if (name.equals("li")) {
            out.append(closing ? "" : "\n- ");
        } else if (LINES.contains(name)) {
            out.append('\n');
        } else if ((name.equals("td") || name.equals("th")) && closing) {
            out.append(" | ");
        }
    }

    private static String decoded(String text) {
        return ENTITY.matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(entity(found.group(1), found.group())));
    }

    private static String entity(String name, String written) {
        if (!name.startsWith("#")) {
            return ENTITIES.getOrDefault(name, written);
        }
        boolean hexadecimal = Character.toLowerCase(name.charAt(1)) == 'x';
        int code = hexadecimal ? Integer.parseInt(name.substring(2), 16) : Integer.parseInt(name.substring(1));
        boolean character = Character.isValidCodePoint(code) && code != 0 && (code < 0xD800 || code > 0xDFFF);
        return character ? Character.toString(code) : "\uFFFD";
    }
}
