package dev.agentos.tooldocuments;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/** Turns what a document holds into text, by its media type or else its name. */
final class DocumentText {

    private DocumentText() {}

    /** The characters of a file: UTF-8, or else Windows-1252, of which every byte is a character; empty if binary. */
    static Optional<String> decoded(byte[] bytes) {
        for (int i = 0; i < Math.min(bytes.length, 8_192); i++) {
            if (bytes[i] == 0) {
                return Optional.empty();
            }
        }
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.of(new String(bytes, Charset.forName("windows-1252")));
        }
    }

    /** The text of a document; JSON, Markdown and what is not known stay as they are. */
    static String of(String raw, Optional<String> mediaType, String name) {
        String content = clean(raw);
        String type = mediaType
                .map(text -> text.split(";", 2)[0].strip().toLowerCase(Locale.ROOT))
                .orElseGet(() -> byName(name));
        return switch (type) {
            case "text/html", "application/xhtml+xml" -> HtmlText.of(content);
            case "text/csv", "text/tab-separated-values" -> CsvText.of(content);
            default -> content.strip();
        };
    }

    private static String byName(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.endsWith(".html") || lower.endsWith(".htm") || lower.endsWith(".xhtml")) {
            return "text/html";
        }
        return lower.endsWith(".csv") || lower.endsWith(".tsv") ? "text/csv" : "text/plain";
    }

    /** One kind of line end, no byte order mark, no character that JSON text must not hold. */
    private static String clean(String raw) {
        StringBuilder out = new StringBuilder(raw.length());
        raw.replace("\r\n", "\n").replace('\r', '\n').codePoints().forEach(c -> {
            boolean kept = c != 0 && c != 0xFEFF && (c < 0xD800 || c > 0xDFFF);
            if (kept) {
                out.appendCodePoint(c);
            }
        });
        return out.toString();
    }
}
