package dev.agentos.redaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StreamRedactorTest {

    private static final Optional<Pseudonyms> NAMES = Optional.of(new Pseudonyms(new byte[32]));
    private static final String KEY =
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0123\n-----END RSA PRIVATE KEY-----";
    private static final List<String> PIECES = List.of(
            "ann@example.com",
            "4111 1111 1111 1111",
            "DE89 3704 0044 0532 0130 00",
            "+49 30 1234567",
            "192.0.2.17",
            "2001:db8::8a2e:370:7334",
            "sk-ant-api03-abcdefghijklmnopqrstuvwxyz",
            "https://me:secret@example.com/x",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N",
            KEY,
            "sk-ant-" + "A1b2".repeat(150),
            "иван@пример.рф",
            "4111\u00A01111\u202F1111\u20111111",
            "ａｎｎ＠ｅｘａｍｐｌｅ．ｃｏｍ",
            "４１１１ １１１１ 𝟏𝟏𝟏𝟏 1111",
            "ＤＥ８９３７０４００４４０５３２０１３０００",
            "ｓｋ－ａｎｔ－" + "Ａ1ｂ2".repeat(150),
            "＠",
            "１２",
            "\\n",
            "\\u0022",
            "%2522",
            "KD-123456",
            "😀",
            "é",
            " ",
            "\n",
            "-",
            "12",
            "@",
            "a.b",
            "BEGIN",
            "🎉x");

    private static Redactor redactor(RedactionMode mode) {
        return Redactor.of(
                List.of(new RedactionTerms(
                        List.of("credentials", "personal"),
                        Map.of("customer", "KD-[0-9]{4,8}", "party", "🎉.?"),
                        mode)),
                NAMES);
    }

    @ParameterizedTest
    @EnumSource
    void givesTheSameWhereverATextIsCut(RedactionMode mode) {
        String text = "Mail ann@example.com (card 4111 1111 1111 1111) 😀 KD-123456 🎉🎉 " + KEY
                + " or call +49 30 1234567, DE89 3704 0044 0532 0130 00 at https://me:secret@example.com/x 😀"
                + " ｂｏｂ＠ｅｘａｍｐｌｅ．ｃｏｍ, 𝟒𝟏𝟏𝟏１１１１１１１１１１１１ 😀";
        Redactor redactor = redactor(mode);
        String whole = redactor.text(text);
        assertThat(whole)
                .doesNotContain("ann@", "4111", "123456", "1234567", "3704", "secret", "MIIE", "ｂｏｂ", "𝟏", "１")
                .startsWith("Mail ")
                .contains("😀");
        for (int first = 0; first <= text.length(); first++) {
            for (int second = first; second <= Math.min(text.length(), first + 16); second++) {
                StreamRedactor stream = redactor.stream();
                String all = stream.add(text.substring(0, first))
                        + stream.add(text.substring(first, second))
                        + stream.add(text.substring(second))
                        + stream.end();
                assertThat(all).as("cut at %s and %s", first, second).isEqualTo(whole);
            }
        }
    }

    @Test
    void givesTheSameForRandomTextsAndCuts() {
        long seed = Long.getLong("redaction.seed", System.nanoTime());
        Random random = new Random(seed);
        Redactor redactor = redactor(RedactionMode.HASH);
        for (int round = 0; round < 1_500; round++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(12); n >= 0; n--) {
                String piece = PIECES.get(random.nextInt(PIECES.size()));
                text.append(random.nextInt(4) > 0 ? piece : piece.substring(0, piece.offsetByCodePoints(0, 1)));
                text.append(random.nextBoolean() ? " " : "");
            }
            String whole = redactor.text(text.toString());
            StreamRedactor stream = redactor.stream();
            StringBuilder all = new StringBuilder();
            for (int at = 0; at < text.length(); ) {
                int next = Math.min(text.length(), at + 1 + random.nextInt(9));
                String out = stream.add(text.substring(at, next));
                assertThat(out.isEmpty() || !Character.isHighSurrogate(out.charAt(out.length() - 1)))
                        .as("no half pair in '%s', seed %s", text, seed)
                        .isTrue();
                all.append(out);
                at = next;
            }
            assertThat(all.append(stream.end()).toString())
                    .as("'%s', seed %s", text, seed)
                    .isEqualTo(whole);
        }
    }

    @ParameterizedTest
    @EnumSource
    void givesTheSameWhereverALongKeyIsCut(RedactionMode mode) {
        String text = "a\\nsk-ant-" + "A1b2".repeat(400) + " is a key, \\u0022eyJ" + "A".repeat(9_000) + "\\u0022 too.";
        String whole = redactor(mode).text(text);
        assertThat(whole)
                .doesNotContain("A1b2", "AAAA")
                .contains(" is a key, \\u0022")
                .endsWith("\\u0022 too.");
        for (int size : List.of(1, 7, 511, 512, 513, 4_096, 8_191)) {
            StreamRedactor stream = redactor(mode).stream();
            StringBuilder all = new StringBuilder();
            for (int at = 0; at < text.length(); at += size) {
                all.append(stream.add(text.substring(at, Math.min(text.length(), at + size))));
            }
            assertThat(all.append(stream.end()).toString())
                    .as("pieces of %s", size)
                    .isEqualTo(whole);
        }
    }

    @Test
    void passesProseOnWordByWord() {
        StreamRedactor stream = redactor(RedactionMode.MASK).stream();
        String text = "The quick brown fox jumps over the lazy dog, and nobody holds it back. ".repeat(3);
        for (int i = 0; i < text.length(); i++) {
            stream.add(text.substring(i, i + 1));
            assertThat(stream.held()).as("at %s", i).isLessThanOrEqualTo(8);
        }
    }

    @Test
    void holdsBackABoundAtMost() {
        for (String hostile : hostile()) {
            StreamRedactor stream = redactor(RedactionMode.MASK).stream();
            for (int at = 0; at < 40_000; at += 100) {
                stream.add(hostile.substring(at, at + 100));
                assertThat(stream.held()).as(hostile.substring(0, 40)).isLessThanOrEqualTo(16_384 + 64);
            }
        }
    }

    /** Twice the text costs twice the steps, whatever is in it. */
    @Test
    void costsWhatTheTextIsLongAndNoMore() {
        for (String hostile : hostile()) {
            long small = work(hostile.substring(0, 1 << 14));
            long large = work(hostile.substring(0, 1 << 16));
            assertThat(large).as(hostile.substring(0, 40)).isLessThan(5 * small).isLessThan(600L << 16);
        }
    }

    private static long work(String text) {
        StreamRedactor stream = Redactor.of(
                List.of(new RedactionTerms(
                        List.of("credentials", "personal"),
                        Map.of("a", "(a|b|ab)*c", "b", "(a+)+$", "c", "(x+x+)+y"),
                        RedactionMode.MASK)),
                NAMES)
                .stream();
        stream.add(text);
        stream.end();
        return stream.work();
    }

    private static List<String> hostile() {
        List<String> texts = new ArrayList<>();
        for (String unit : List.of(
                "a",
                "ab",
                "x",
                "a.",
                "a@",
                "a@b.",
                "ａ＠ｂ．",
                "１ ",
                "＋１",
                "𝟏",
                "1 ",
                "1",
                "+1",
                "1.",
                "1:",
                "::",
                "(0",
                "eyJ.",
                "eyJhbGciOiJIUzI1NiJ9.",
                "-----BEGIN PRIVATE KEY-----",
                "-----BEGIN PRIVATE KEY-----!" + "A".repeat(500),
                "://a:",
                "sk-",
                "DE89 ",
                "bearer ",
                "sk-ant-" + "A".repeat(5_000) + " ",
                "eyJ" + "A".repeat(20_000) + " ",
                "bearer " + "a".repeat(9_000) + ".",
                "\\u0022",
                "\\n1",
                "%25",
                "%2522",
                "и",
                "и@и.",
                "1\u00A0",
                "😀")) {
            texts.add(unit.repeat((1 << 20) / unit.length() + 1));
        }
        return texts;
    }
}
