package dev.agentos.kernel;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Writes YAML as people do: a member a line, texts of several lines as blocks, and quotes only where a text could be
 * taken for something else. {@link Yaml#parse} reads exactly what was written.
 */
final class YamlWriter {

    /** Nothing that YAML gives a meaning to stands in it. */
    private static final Pattern PLAIN =
            Pattern.compile("[A-Za-z_][A-Za-z0-9_./-]*([ ,]{1,2}[A-Za-z0-9_.(][A-Za-z0-9_./()-]*)*");

    private static final Set<String> WORDS = Set.of("true", "false", "null", "yes", "no", "on", "off", "y", "n");
    /** A longer name would have to be written in another way. */
    private static final int LONGEST_NAME = 250;

    private static final int LONGEST_LINE = 10_000;
    /** Deeper than whatever a broken text can stand in. */
    private static final int DEEPEST = 101;

    private final StringBuilder out = new StringBuilder();

    private YamlWriter() {}

    /** The document; ends with a line end. */
    static String write(JsonValue value) {
        YamlWriter writer = new YamlWriter();
        writer.value(value, 0, "");
        return writer.out.toString();
    }

    /**
     * Writes a value behind what is on its line already.
     *
     * @param depth of what stands on lines of its own
     * @param gap between what is on the line and the value
     */
    private void value(JsonValue value, int depth, String gap) {
        switch (value) {
            case JsonObject object
            when !object.isEmpty() -> {
                if (gap.equals(" ")) {
                    out.append('\n');
                }
                object(object, depth, gap.equals("- "));
            }
            case JsonArray array
            when array.size() > 0 -> {
                if (!gap.isEmpty()) {
                    out.append('\n');
                }
                for (JsonValue item : array) {
                    indent(depth);
                    out.append('-');
                    if (item instanceof JsonObject member && !member.isEmpty()) {
                        out.append(' ');
                        value(item, depth + 1, "- ");
                    } else {
                        value(item, depth + 1, " ");
                    }
                }
            }
            case JsonString(String text) -> {
                out.append(gap);
                if (!gap.isEmpty() && asBlock(text)) {
                    block(text, depth);
                } else {
                    out.append(text(text)).append('\n');
                }
            }
            default -> out.append(gap).append(number(value.toString())).append('\n');
        }
    }

    private void object(JsonObject object, int depth, boolean begun) {
        boolean first = begun;
        for (var member : object.members().entrySet()) {
            if (!first) {
                indent(depth);
            }
            first = false;
            String name = member.getKey();
            if (name.length() > LONGEST_NAME) {
                out.append("? ").append(quoted(name)).append('\n');
                indent(depth);
            } else {
                out.append(text(name));
            }
            out.append(':');
            value(member.getValue(), depth + 1, " ");
        }
    }

    private void indent(int depth) {
        out.append("  ".repeat(depth));
    }

    /** Without a dot, a number with an exponent would be a text. */
    private static String number(String number) {
        int exponent = number.indexOf('E');
        return exponent >= 0 && number.indexOf('.') < 0
                ? number.substring(0, exponent) + "." + number.substring(exponent)
                : number;
    }

    private static String text(String text) {
        boolean plain = text.length() <= 1_000
                && PLAIN.matcher(text).matches()
                && !WORDS.contains(text.toLowerCase(Locale.ROOT));
        return plain ? text : quoted(text);
    }

    /** Whether lines can stand as they are: visible characters, and no blanks at an end that nobody would see. */
    private static boolean asBlock(String text) {
        return text.indexOf('\n') > 0
                && text.charAt(0) != ' '
                && !text.endsWith("\n\n")
                && text.codePoints().allMatch(one -> one == '\n' || (visible(one) && one != '\t'))
                && text.lines().noneMatch(line -> line.endsWith(" ") || line.length() > LONGEST_LINE);
    }

    private void block(String text, int depth) {
        out.append(text.endsWith("\n") ? "|\n" : "|-\n");
        text.lines().forEach(line -> {
            if (!line.isEmpty()) {
                indent(depth);
                out.append(line);
            }
            out.append('\n');
        });
    }

    private static boolean visible(int character) {
        return (character >= 0x20 && character <= 0x7E)
                || (character >= 0xA0 && character <= 0xD7FF && character != 0x2028 && character != 0x2029)
                || (character >= 0xE000 && character <= 0xFFFD && character != 0xFEFF)
                || character >= 0x1_0000;
    }

    /** A line that is too long is broken in a way that does not count. */
    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
        int[] broken = {0};
        text.codePoints().forEach(one -> {
            boolean begins = quoted.length() - broken[0] > LONGEST_LINE;
            if (begins) {
                quoted.append("\\\n").append("  ".repeat(DEEPEST));
                broken[0] = quoted.length();
            }
            switch (one) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\t' -> quoted.append("\\t");
                default -> {
                    if (begins && one == ' ') {
                        quoted.append("\\ ");
                    } else if (visible(one)) {
                        quoted.appendCodePoint(one);
                    } else {
                        quoted.append("\\u%04x".formatted(one));
                    }
                }
            }
        });
        return quoted.append('"').toString();
    }
}
