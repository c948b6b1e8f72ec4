package dev.agentos.redaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.JsonValue;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RedactorTest {

    private static final Optional<Pseudonyms> ONE = Optional.of(new Pseudonyms(new byte[] {1}));
    private static final Optional<Pseudonyms> OTHER = Optional.of(new Pseudonyms(new byte[] {2}));

    private static RedactionTerms email(RedactionMode mode) {
        return new RedactionTerms(List.of("email"), Map.of(), mode);
    }

    private static Redactor of(Optional<Pseudonyms> names, RedactionMode mode) {
        return Redactor.of(List.of(email(mode)), names);
    }

    @Test
    void masksDropsHashesAndTokenises() {
        String text = "to ann@example.com";
        assertThat(of(ONE, RedactionMode.MASK).text(text)).isEqualTo("to [email]");
        assertThat(of(ONE, RedactionMode.DROP).text(text)).isEqualTo("to ");
        assertThat(of(ONE, RedactionMode.HASH).text(text)).matches("to \\[email:[a-p]{16}]");
        assertThat(of(ONE, RedactionMode.TOKENISE).text(text)).matches("to \\[email:tok_[a-p]{32}]");
    }

    @Test
    void aValueHasOneNameInATenantAndAnotherElsewhere() {
        for (RedactionMode mode : List.of(RedactionMode.HASH, RedactionMode.TOKENISE)) {
            String name = of(ONE, mode).text("ann@example.com");
            assertThat(of(ONE, mode).text("ann@example.com")).isEqualTo(name);
            assertThat(of(ONE, mode).text("bob@example.com")).isNotEqualTo(name);
            assertThat(of(OTHER, mode).text("ann@example.com")).isNotEqualTo(name);
        }
    }

    @Test
    void remembersWhatTokensStandFor() {
        Redactor redactor = of(ONE, RedactionMode.TOKENISE);
        String text = redactor.text("ann@example.com and bob@example.com and ann@example.com");
        assertThat(redactor.found()).isEqualTo(Map.of("email", 3));
        assertThat(redactor.tokens())
                .hasSize(2)
                .allSatisfy(token -> assertThat(text).contains(token.token()))
                .allSatisfy(token -> assertThat(token.toString()).doesNotContain("@"))
                .extracting(Redactor.Token::value)
                .containsExactlyInAnyOrder("ann@example.com", "bob@example.com");
    }

    @Test
    void withoutAKeyNothingIsNamed() {
        assertThat(of(Optional.empty(), RedactionMode.HASH).text("ann@example.com"))
                .isEqualTo("[email]");
        assertThat(of(Optional.empty(), RedactionMode.TOKENISE).text("ann@example.com"))
                .isEqualTo("[email]");
    }

    @Test
    void whatWasReplacedIsNotFoundAgain() {
        for (RedactionMode mode : RedactionMode.values()) {
            Redactor redactor =
                    Redactor.of(List.of(new RedactionTerms(List.of("personal", "credentials"), Map.of(), mode)), ONE);
            for (int i = 0; i < 300; i++) {
                String once = redactor.text("n" + i + "@example.com +49 30 12345" + i + " 4111111111111111");
                assertThat(redactor.text(once)).isEqualTo(once);
            }
        }
    }

    @Test
    void theStrictestOfSeveralModesCounts() {
        assertThat(Redactor.of(
                                List.of(
                                        email(RedactionMode.TOKENISE),
                                        email(RedactionMode.MASK),
                                        email(RedactionMode.HASH)),
                                ONE)
                        .text("ann@example.com"))
                .isEqualTo("[email]");
        RedactionTerms mild = new RedactionTerms(List.of(), Map.of("n", "N\\d+"), RedactionMode.HASH);
        RedactionTerms strict = new RedactionTerms(List.of(), Map.of("n", "N\\d+"), RedactionMode.DROP);
        RedactionTerms another = new RedactionTerms(List.of(), Map.of("n", "M\\d+"), RedactionMode.MASK);
        assertThat(Redactor.of(List.of(strict, mild, another), ONE).text("N1 M1"))
                .isEqualTo(" [n]");
    }

    @Test
    void findsInNamesValuesAndNumbersOfJson() {
        JsonValue value = JsonValue.parse("""
            {"ann@example.com": ["bob@example.com", {"x": 4111111111111111, "y": 4111111111111112, "z": 17}],
             "[email]": null, "a": true}\
            """);
        Redactor redactor =
                Redactor.of(List.of(new RedactionTerms(List.of("email", "card"), Map.of(), RedactionMode.MASK)), ONE);
        assertThat(redactor.json(value)).hasToString("""
            {"[email]":["[email]",{"x":"[card]","y":4111111111111112,"z":17}],"[email]#2":null,"a":true}\
            """);
    }

    @Test
    void twoFindsThatOverlapAreBothReplaced() {
        RedactionTerms terms =
                new RedactionTerms(List.of(), Map.of("a", "one two", "b", "two three"), RedactionMode.MASK);
        assertThat(Redactor.of(List.of(terms), ONE).text("one two three")).isEqualTo("[a][b]");
    }

    @Test
    void refusesWhatThereIsNot() {
        assertThatThrownBy(() -> new RedactionTerms(List.of("emails"), Map.of(), RedactionMode.MASK))
                .hasMessageContaining("emails");
    }
}
