package dev.agentos.redaction;

import java.text.Normalizer;
import java.util.Arrays;

/**
 * Reads characters that are others in another dress, as those: full-width and mathematical letters and digits, digits
 * of other scripts, circled and raised ones. One code point becomes one, so that every place stays where it is; what
 * would become several is left as it is (NFKC, Unicode annex 15, as far as it goes one by one).
 */
final class Folding {

    /** Blocks that have letters, digits and signs of ASCII in another dress: first and last, in turn. */
    private static final int[] BLOCKS = {
        0xA0, 0xFF, 0x2000, 0x209F, 0x2100, 0x214F, 0x2460, 0x24FF, 0x3000, 0x3000, 0xFE10, 0xFE1F, 0xFE50, 0xFE6F,
        0xFF00, 0xFFEF, 0x1D400, 0x1D7FF, 0x1FBF0, 0x1FBF9
    };

    private static final int ASCII = 128;

    /** Between these stand the writings of East Asia, none of which is anything else in another dress. */
    private static final int IDEOGRAPHIC_SPACE = 0x3000;

    private static final int BEHIND_IDEOGRAPHS = 0xA000;
    private static final char[][] PLAIN = plain();

    private Folding() {}

    private static char[][] plain() {
        char[][] tables = new char[BLOCKS.length / 2][];
        for (int i = 0; i < tables.length; i++) {
            int first = BLOCKS[2 * i];
            tables[i] = new char[BLOCKS[2 * i + 1] - first + 1];
            for (int j = 0; j < tables[i].length; j++) {
                String other = Normalizer.normalize(Character.toString(first + j), Normalizer.Form.NFKC);
                tables[i][j] = other.length() == 1 && other.charAt(0) < ASCII ? other.charAt(0) : 0;
            }
        }
        return tables;
    }

    /** The character of ASCII that this one stands for, or itself; also what is no code point is itself. */
    static int of(int codePoint) {
        if (codePoint < ASCII || (codePoint > IDEOGRAPHIC_SPACE && codePoint < BEHIND_IDEOGRAPHS)) {
            return codePoint;
        }
        for (int i = 0; i < PLAIN.length && codePoint >= BLOCKS[2 * i]; i++) {
            if (codePoint <= BLOCKS[2 * i + 1]) {
                char plain = PLAIN[i][codePoint - BLOCKS[2 * i]];
                return plain == 0 ? codePoint : plain;
            }
        }
        return Character.isDigit(codePoint) ? '0' + Character.digit(codePoint, 10) : codePoint;
    }

    /**
     * A text with all of it folded.
     *
     * @param plain the text
     * @param places where each of its characters, and its end, is in the text as it was
     */
    record Folded(String plain, int[] places) {

        static Folded of(String text) {
            StringBuilder plain = new StringBuilder(text.length());
            int[] places = new int[text.length() + 1];
            for (int i = 0; i < text.length(); ) {
                int codePoint = text.codePointAt(i);
                int from = plain.length();
                plain.appendCodePoint(Folding.of(codePoint));
                Arrays.fill(places, from, plain.length(), i);
                i += Character.charCount(codePoint);
            }
            places[plain.length()] = text.length();
            return new Folded(plain.toString(), places);
        }
    }
}
