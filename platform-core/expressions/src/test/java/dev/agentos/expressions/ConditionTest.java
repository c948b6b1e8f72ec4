package dev.agentos.expressions;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConditionTest {

    private final ExpressionLanguage language = new ExpressionLanguage(
            Map.of("n", ValueType.NUMBER, "m", ValueType.NUMBER, "kind", ValueType.STRING, "done", ValueType.BOOLEAN));

    private boolean exclude(String one, String other) {
        return language.condition(one).excludes(language.condition(other));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "done ; !done",
                "done ; done == false",
                "n > 0.8 ; n <= 0.8",
                "n > 3 ; n < 3.0",
                "n > 5.5 ; 5 > n",
                "n == 1 ; n == 2",
                "n < m ; n >= m",
                "n < m ; !(n < m)",
                "kind == 'a' ; kind == \"b\"",
                "kind == 'a' ; kind != 'a'",
                "n > 1 && done ; m > 1 && !done",
                "n > 1 && done ; n <= 1 || !done",
                "!(n > 1 || done) ; done",
                "kind == 'a' || kind == 'b' ; kind == 'c'",
                "kind.startsWith('a') ; !kind.startsWith('a')",
                "size(kind) == 0 ; size(kind) > 0",
                "has(state.x) ; !has(state.x)",
                "[1, 2].exists(i, i == n) ; ![1, 2].exists(i, i == n)"
            })
    void seesThatBothAreNeverTrue(String one, String other) {
        ExpressionLanguage whole = new ExpressionLanguage(
                Map.of(
                        "n",
                        ValueType.NUMBER,
                        "m",
                        ValueType.NUMBER,
                        "kind",
                        ValueType.STRING,
                        "done",
                        ValueType.BOOLEAN),
                Optional.of("state"));
        assertThat(whole.condition(one).excludes(whole.condition(other))).isTrue();
        assertThat(whole.condition(other).excludes(whole.condition(one))).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "done ; done",
                "done ; n > 1",
                "n > 0.8 ; n >= 0.8",
                "n > 3 ; n < 5",
                "n >= 3 ; n <= 3",
                "n != 1 ; n != 2",
                // What is not a number is neither less nor not less.
                "!(n < m) ; !(n >= m)",
                "n < 5 ; m > 5",
                "kind == 'a' ; kind != 'b'",
                "kind < 'b' ; kind > 'a'",
                "done && n > 1 || m > 1 ; !done",
                "!(n > 1 && done) ; done",
                "kind.startsWith('a') ; !kind.startsWith('b')",
                "kind == 'a, b' ; kind + 'a' == 'b'",
                "n > ; done"
            })
    void takesAllElseToBePossible(String one, String other) {
        assertThat(exclude(one, other)).isFalse();
        assertThat(exclude(other, one)).isFalse();
    }

    @Test
    void looksAtNoMoreThanALittle() {
        String many = "n == 1" + " || n == 2".repeat(100);
        assertThat(exclude(many, "n == 3")).isTrue();
        assertThat(exclude(many, "n == 3" + " || n == 4".repeat(100))).isFalse();
    }
}
