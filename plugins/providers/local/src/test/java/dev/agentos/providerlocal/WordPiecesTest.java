package dev.agentos.providerlocal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class WordPiecesTest {

    private static final List<String> VOCABULARY = vocabulary();
    private final WordPieces pieces = new WordPieces(VOCABULARY);

    @Test
    void wordsPunctuationAndAccents() {
        assertThat(decoded("Hello, World!")).containsExactly("[CLS]", "hello", ",", "world", "!", "[SEP]");
        assertThat(decoded("Café naïve")).containsExactly("[CLS]", "cafe", "naive", "[SEP]");
        assertThat(decoded("it's state-of-the-art"))
                .containsExactly("[CLS]", "it", "'", "s", "state", "-", "of", "-", "the", "-", "art", "[SEP]");
    }

    @Test
    void rareWordsAreCutIntoPieces() {
        assertThat(decoded("embeddings")).containsExactly("[CLS]", "em", "##bed", "##ding", "##s", "[SEP]");
        assertThat(decoded("中文")).containsExactly("[CLS]", "中", "文", "[SEP]");
        assertThat(decoded("x".repeat(101))).containsExactly("[CLS]", "[UNK]", "[SEP]");
    }

    @Test
    void longTextsAreCutOff() {
        assertThat(pieces.encode("word ".repeat(1_000)))
                .hasSize(WordPieces.LONGEST)
                .endsWith(102);
        assertThat(pieces.encode("")).containsExactly(101, 102);
    }

    private List<String> decoded(String text) {
        return Arrays.stream(pieces.encode(text))
                .mapToObj(id -> VOCABULARY.get((int) id))
                .toList();
    }

    private static List<String> vocabulary() {
        try (InputStream in =
                Objects.requireNonNull(WordPiecesTest.class.getResourceAsStream("/model/bert-vocabulary-en.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
