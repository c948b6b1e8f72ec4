package dev.agentos.providerlocal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.agentos.spi.Content;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SentencesTest {

    private static final String MARKDOWN = """
        # Refunds and returns

        Customers may ask for a refund within 30 days. Dr. Miller signs
        each refund above 3.5 thousand euros, e.g. for whole orders.

        ```java
        class Refund { void pay() { now(); } }
        ```

        - Shipping costs are **not** refunded.
        - [Home](https://example.com/a.b) | [Next](next.md)
        2) Write to [the support team](mailto:help@example.com) first.

        > A gift card never expires.

        | Plan | Price a month |
        |------|---------------|
        | Basic plan costs | 10 euros |
        """;

    @Test
    void proseIsCutAndMarkupPassedOver() {
        assertThat(quotes(MARKDOWN))
                .containsExactly(
                        "Customers may ask for a refund within 30 days.",
                        "Dr. Miller signs each refund above 3.5 thousand euros, e.g. for whole orders.",
                        "Shipping costs are **not** refunded.",
                        "Write to [the support team](mailto:help@example.com) first.",
                        "A gift card never expires.",
                        "Plan | Price a month",
                        "Basic plan costs | 10 euros");
    }

    @Test
    void everyQuoteStandsInThePassage() {
        String passage = Sentences.normalised(MARKDOWN);
        assertThat(quotes(MARKDOWN)).allSatisfy(quote -> assertThat(passage).contains(quote));
    }

    @Test
    void markupIsLeftOutOfWhatIsCompared() {
        assertThat(Sentences.withoutMarkup("Write to [the **team**](mailto:x) at `host`  now"))
                .isEqualTo("Write to the team at host now");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"[", "![](", " ", "[]: x", ">", "> ", "_", "a_", "Dr. ", "- ", "<a", "*", "| ", "x [y](", "1) "})
    void brokenMarkupIsReadInTime(String piece) {
        for (String end : List.of("x", "\u2028x", ". And this ends it.")) {
            String text = "[a]: x" + piece.repeat(50_000) + end + "\n" + piece.repeat(100_000) + end;
            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> quotes(text));
        }
    }

    @Test
    void unclosedCodeAndCitationLikeTextGiveNothing() {
        assertThat(quotes("```\nint x = compute the value;\n")).isEmpty();
        assertThat(quotes("As stated before [p3], this is so.")).isEmpty();
        assertThat(quotes("")).isEmpty();
    }

    private static List<String> quotes(String text) {
        return Sentences.of(new Content.Passage("p1", "a.md", text)).stream()
                .map(Sentence::quote)
                .toList();
    }
}
