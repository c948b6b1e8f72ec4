package dev.agentos.spi;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads one JSON text as RFC 8259 has it; positions in messages count characters from 0. */
final class JsonReader {

    private static final int DEEPEST = 100;
    private static final int MOST_DIGITS = 1_000;
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*+)(\\.[0-9]++)?([eE][+-]?[0-9]{1,9})?");

    private final String text;
    private int at;
    private int depth;

    JsonReader(String text) {
        this.text = text;
    }

    JsonValue document() {
        JsonValue value = value();
        skipSpace();
        if (at < text.length()) {
            throw malformed("there is more behind the value");
        }
        return value;
    }

    private JsonValue value() {
        skipSpace();
        return switch (peek()) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> new JsonString(string());
            case 't' -> word("true", JsonBoolean.of(true));
            case 'f' -> word("false", JsonBoolean.of(false));
            case 'n' -> word("null", JsonNull.NULL);
            default -> number();
        };
    }

    private JsonObject object() {
        enter();
        Map<String, JsonValue> members = new LinkedHashMap<>();
        if (!skipped('}')) {
            do {
                skipSpace();
                String name = string();
                expect(':');
                if (members.put(name, value()) != null) {
                    throw malformed("the name '" + name + "' is there twice");
                }
            } while (skipped(','));
            expect('}');
        }
        depth--;
        return new JsonObject(members);
    }

    private JsonArray array() {
        enter();
        List<JsonValue> items = new ArrayList<>();
        if (!skipped(']')) {
            do {
                items.add(value());
            } while (skipped(','));
            expect(']');
        }
        depth--;
        return new JsonArray(items);
    }

    private void enter() {
        at++;
        depth++;
        if (depth > DEEPEST) {
            throw malformed("it is more than " + DEEPEST + " levels deep");
        }
    }

    private JsonNumber number() {
        Matcher matcher = NUMBER.matcher(text).region(at, text.length());
        if (!matcher.lookingAt() || matcher.end() - at > MOST_DIGITS) {
            throw malformed("there is no value");
        }
        String digits = matcher.group();
        at = matcher.end();
        return new JsonNumber(new BigDecimal(digits));
    }

    private JsonValue word(String word, JsonValue value) {
        if (!text.startsWith(word, at)) {
            throw malformed("there is no value");
        }
        at += word.length();
        return value;
    }

    private String string() {
        if (peek() != '"') {
            throw malformed("there is no string");
        }
        at++;
        StringBuilder out = new StringBuilder();
        while (true) {
            char c = peek();
            at++;
            if (c == '"') {
                return out.toString();
            }
            if (c < ' ') {
                throw malformed("a control character stands in a string");
            }
            out.append(c == '\\' ? escaped() : c);
        }
    }

    private char escaped() {
        char c = peek();
        at++;
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unicode();
            default -> throw malformed("\\" + c + " is no escape");
        };
    }

    private char unicode() {
        int code = 0;
        for (int i = 0; i < 4; i++) {
            int digit = Character.digit(peek(), 16);
            if (digit < 0 || peek() > 'f') {
                throw malformed("\\u is followed by four hexadecimal digits");
            }
            code = code * 16 + digit;
            at++;
        }
        return (char) code;
    }

    private boolean skipped(char c) {
        skipSpace();
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private void expect(char c) {
        if (!skipped(c)) {
            throw malformed("'" + c + "' is missing");
        }
    }

    private char peek() {
        if (at >= text.length()) {
            throw malformed("it ends too early");
        }
        return text.charAt(at);
    }

    private void skipSpace() {
        while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private IllegalArgumentException malformed(String why) {
        return new IllegalArgumentException("This is no JSON text: " + why + " (at character " + at + ")");
    }
}
