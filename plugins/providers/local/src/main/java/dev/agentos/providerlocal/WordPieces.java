package dev.agentos.providerlocal;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * BERT's uncased tokenizer: cleans text, lowers case, strips accents, splits at white space and punctuation and around
 * each CJK character, then cuts words into the longest pieces that the vocabulary has.
 */
final class WordPieces {

    /** Pieces of one text, start and end marks included; what the model was trained on. */
    static final int LONGEST = 256;

    private static final int LONGEST_WORD = 100;

    private final Map<String, Integer> ids = new HashMap<>();
    private final long unknown;
    private final long start;
    private final long end;

    /** A tokenizer of that vocabulary: one piece a line, its line number from 0 is its id. */
    WordPieces(List<String> vocabulary) {
        for (int i = 0; i < vocabulary.size(); i++) {
            ids.put(vocabulary.get(i), i);
        }
        unknown = idOf("[UNK]");
        start = idOf("[CLS]");
        end = idOf("[SEP]");
    }

    /** The ids of a text's pieces between start and end mark; what is beyond {@value #LONGEST} is cut off. */
    long[] encode(String text) {
        List<Long> pieces = new ArrayList<>();
        for (String word : words(text)) {
            if (pieces.size() >= LONGEST - 2) {
                break;
            }
            addPieces(word, pieces);
        }
        int length = Math.min(pieces.size(), LONGEST - 2);
        long[] encoded = new long[length + 2];
        encoded[0] = start;
        for (int i = 0; i < length; i++) {
            encoded[i + 1] = pieces.get(i);
        }
        encoded[length + 1] = end;
        return encoded;
    }

    private long idOf(String piece) {
        Integer id = ids.get(piece);
        if (id == null) {
            throw new IllegalArgumentException("The vocabulary lacks " + piece);
        }
        return id;
    }

    private void addPieces(String word, List<Long> pieces) {
        if (word.codePointCount(0, word.length()) > LONGEST_WORD) {
            pieces.add(unknown);
            return;
        }
        List<Long> found = new ArrayList<>();
        int from = 0;
        while (from < word.length()) {
            int to = word.length();
            Integer id = null;
            while (to > from) {
                String piece = word.substring(from, to);
                id = ids.get(from == 0 ? piece : "##" + piece);
                if (id != null) {
                    break;
                }
                to = word.offsetByCodePoints(to, -1);
            }
            if (id == null) {
                pieces.add(unknown);
                return;
            }
            found.add((long) id);
            from = to;
        }
        pieces.addAll(found);
    }

    private static List<String> words(String text) {
        String plain = Normalizer.normalize(text.toLowerCase(Locale.ROOT), Normalizer.Form.NFD);
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        plain.codePoints().flatMap(WordPieces::cleaned).forEach(c -> {
            boolean alone = isPunctuation(c) || isChinese(c);
            if ((alone || c == ' ') && !word.isEmpty()) {
                words.add(word.toString());
                word.setLength(0);
            }
            if (alone) {
                words.add(Character.toString(c));
            } else if (c != ' ') {
                word.appendCodePoint(c);
            }
        });
        if (!word.isEmpty()) {
            words.add(word.toString());
        }
        return words;
    }

    private static IntStream cleaned(int c) {
        if (c == '\t' || c == '\n' || c == '\r' || Character.getType(c) == Character.SPACE_SEPARATOR) {
            return IntStream.of(' ');
        }
        int type = Character.getType(c);
        boolean dropped = c == 0
                || c == 0xFFFD
                || type == Character.CONTROL
                || type == Character.FORMAT
                || type == Character.UNASSIGNED
                || type == Character.PRIVATE_USE
                || type == Character.SURROGATE
                || type == Character.NON_SPACING_MARK;
        return dropped ? IntStream.empty() : IntStream.of(c);
    }

    private static boolean isPunctuation(int c) {
        return (c >= 33 && c <= 47)
                || (c >= 58 && c <= 64)
                || (c >= 91 && c <= 96)
                || (c >= 123 && c <= 126)
                || switch (Character.getType(c)) {
                    case Character.CONNECTOR_PUNCTUATION,
                            Character.DASH_PUNCTUATION,
                            Character.START_PUNCTUATION,
                            Character.END_PUNCTUATION,
                            Character.INITIAL_QUOTE_PUNCTUATION,
                            Character.FINAL_QUOTE_PUNCTUATION,
                            Character.OTHER_PUNCTUATION -> true;
                    default -> false;
                };
    }

    private static boolean isChinese(int c) {
        return (c >= 0x4E00 && c <= 0x9FFF)
                || (c >= 0x3400 && c <= 0x4DBF)
                || (c >= 0x20000 && c <= 0x2CEAF)
                || (c >= 0xF900 && c <= 0xFAFF)
                || (c >= 0x2F800 && c <= 0x2FA1F);
    }
}
