package dev.agentos.redaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinearPatternTest {

    private static String masked(String expression, String text) {
        return Redactor.of(
                        List.of(new RedactionTerms(List.of(), Map.of("x", expression), RedactionMode.MASK)),
                        Optional.empty())
                .text(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "KD-[0-9]{6} | of KD-123456 and KD-12345 | of [x] and KD-12345",
                "(?i)kd-\\d+ | KD-1 kd-2 | [x] [x]",
                "(?i)[^a]b | AB xB | AB [x]",
                "\\bcat\\b | cat concat cat. | [x] concat [x].",
                "\\Bcat | cat concat | cat con[x]",
                "\"a(?:b|bc|)d\" | ad abd abcd abbd | [x] [x] [x] abbd",
                "\"a|ab|abc\" | abcab | [x][x]",
                "[\\d.-]+ | 1.2-3 | [x]",
                "[]a]+ | a]a | [x]",
                "[^\\s]+@ | x y@ z | x [x] z",
                "x{2,3} | x xx xxx xxxx xxxxx | x [x] [x] [x]x [x][x]",
                "x{2,} | x xxxxx | x [x]",
                "😀. | a😀😁b | a[x]b",
                "\\. | a.b | a[x]b",
                "KD-[0-9]{3} | ＫＤ－１２３ KD-𝟏２3 | [x] [x]",
                "\\bKD\\b | ＫＤ ＫＤＸ XＫＤ | [x] ＫＤＸ X[x]",
                "[０-９]{3} | １２３ 123 | [x] 123",
                "[^a]{2} | ａａ aa | [x] aa",
            })
    void findsTheLeftmostLongest(String expression, String text, String expected) {
        assertThat(masked(expression, text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {"KD-[0-9]{6} 9", "\\bx*y\\b 1", "(ab)?c{2,4} 2", "(a|bb)(cc|d) 2", "ab*|c 1"})
    void knowsHowShortAFindCanBe(String expression, int expected) {
        assertThat(LinearPattern.of(expression).shortest()).isEqualTo(expected);
    }

    @Test
    void aTextTooShortForAnyFindIsPassedOnAsItIs() {
        String text = new String("KD-12345");
        assertThat(masked("KD-[0-9]{6}", text)).isSameAs(text);
        assertThat(masked("KD-[0-9]{5}", text)).isEqualTo("[x]");
    }

    @Test
    void knowsLines() {
        assertThat(masked("^a$", "a\nba\na")).isEqualTo("[x]\nba\n[x]");
        assertThat(masked("^a.*", "a b\r\n a")).isEqualTo("[x]\r\n a");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a)\\1",
                "(?=a)b",
                "(?<!a)b",
                "a*",
                "",
                "a**",
                "a+?",
                "(a",
                "a)",
                "[a",
                "[b-a]",
                "a{3,2}",
                "a{1000}",
                "(?<n>a)",
                "*a",
                "a\\",
                "\\p{L}",
                "((((((((((((((((((((((a))))))))))))))))))))))",
                "(((a{1,200}){1,200}){1,200}){2}",
                "|a",
                "[[:alpha:]]",
                "a{2"
            })
    void refusesWhatCannotBeSearchedForInLinearTime(String expression) {
        assertThatThrownBy(() -> RedactionTerms.check(expression))
                .isInstanceOf(PatternFaultException.class)
                .hasMessageMatching("[a-z'*+?{(].+");
    }

    /** Another engine agrees, where the longest and the first fitting text are the same. */
    @Test
    void agreesWithAnotherEngine() {
        Random random = new Random(7);
        List<String> expressions = List.of(
                "a+b*", "[ab]c+", "\\bab+\\b", "c(?:a|b)*c", "(?:ab)+|c+", "[^a]{2}", "a.{0,3}c", "^b+", "ca?$");
        for (int i = 0; i < 20_000; i++) {
            String expression = expressions.get(i % expressions.size());
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(30); n > 0; n--) {
                text.append("abc \n".charAt(random.nextInt(5)));
            }
            Matcher matcher = Pattern.compile(expression, Pattern.MULTILINE | Pattern.UNIX_LINES)
                    .matcher(text);
            assertThat(masked(expression, text.toString()))
                    .as("%s in '%s'", expression, text)
                    .isEqualTo(matcher.replaceAll("[x]"));
        }
    }
}
