package dev.agentos.spi;

/**
 * A JSON string: any Unicode text without U+0000 and without a lone surrogate, which PostgreSQL and strict parsers
 * refuse.
 *
 * @param value the text, unescaped
 */
public record JsonString(String value) implements JsonValue {

    public JsonString {
        checkText(value);
    }

    @Override
    public Object toJava() {
        return value;
    }

    @Override
    public String toString() {
        return JsonText.quote(value);
    }

    static void checkText(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ((char) (c - 1) < Character.MIN_SURROGATE - 1) {
                // Nearly all are: neither U+0000 nor a surrogate or beyond.
                continue;
            }
            if (c == 0) {
                throw new IllegalArgumentException("Text must not contain U+0000 (found at position " + i + ")");
            }
            if (Character.isSurrogate(c)) {
                boolean paired = Character.isHighSurrogate(c)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (!paired) {
                    throw new IllegalArgumentException("Text must not contain a lone surrogate (position " + i + ")");
                }
                i++;
            }
        }
    }
}
