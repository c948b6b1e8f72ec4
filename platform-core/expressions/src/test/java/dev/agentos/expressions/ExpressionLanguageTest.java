package dev.agentos.expressions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What structures add; the language itself is tried where graphs use it. */
class ExpressionLanguageTest {

    private static final ValueType PLUGIN =
            new ValueType.Structure("plugin", Map.of("id", ValueType.STRING, "calls", ValueType.INTEGER));

    private static final ValueType TOOL = new ValueType.Structure(
            "tool", Map.of("name", ValueType.STRING, "arguments", ValueType.OBJECT, "plugin", PLUGIN));

    private final ExpressionLanguage language = new ExpressionLanguage(Map.of("tool", TOOL, "agent", ValueType.STRING));

    private static final JsonObject VALUES = Json.parseObject("""
        {"tool": {"name": "mail.send", "arguments": {"to": "a@b.example", "n": 3},
                  "plugin": {"id": "tool-mail", "calls": 7}}, "agent": "p/a"}\
        """);

    @Test
    void readsMembersOfStructures() {
        assertThat(language.evaluate("tool.plugin.calls + 1 == 8 && tool.plugin.id.startsWith('tool-')", VALUES))
                .isEqualTo(JsonBoolean.TRUE);
        assertThat(language.evaluate("tool.arguments.n == 3 && has(tool.arguments.to)", VALUES))
                .isEqualTo(JsonBoolean.TRUE);
        assertThat(language.evaluate("has(tool.plugin)", VALUES)).isEqualTo(JsonBoolean.TRUE);
    }

    @Test
    void findsAMisspeltMemberAndAWrongTypeBeforeAnythingIsEvaluated() {
        assertThat(language.checkCondition("tool.nme == 'x'")).get().asString().contains("nme");
        assertThat(language.checkCondition("tool.plugin.cals > 3"))
                .get()
                .asString()
                .contains("cals");
        assertThat(language.checkCondition("tool.name > 3")).isPresent();
        assertThat(language.checkCondition("tool.name")).contains("A condition must yield a boolean");
        assertThat(language.checkCondition("tool.plugin.calls > 3 && agent != ''"))
                .isEmpty();
    }

    /** Whoever has many expressions tried would otherwise slow down everybody's rules for good. */
    @Test
    void whatIsUsedIsKeptHoweverManyWereTried() {
        ExpressionLanguage few = new ExpressionLanguage(Map.of("text", ValueType.STRING), Optional.empty(), 80);
        for (int i = 0; i < 100; i++) {
            few.check("text == '" + i + "'");
        }
        String rule = "text != 'in force'";
        for (int i = 0; i < 50; i++) {
            few.evaluate(rule, JsonObject.of("text", "x"));
        }
        assertThat(few.keeps(rule)).isTrue();
    }

    private static final String HEAVY = "size([" + "1,".repeat(2_000) + "1]) > %d";

    /** What is only tried, as by a dry run, would otherwise fill the memory, and is never evaluated. */
    @Test
    void whatIsCheckedIsNotKeptCompiled() {
        ExpressionLanguage texts = new ExpressionLanguage(Map.of("text", ValueType.STRING));
        String sound = HEAVY.formatted(1);
        String wrong = "text +";
        texts.checkAll(List.of("text == 'in a batch'"));
        assertThat(texts.checkCondition(sound)).isEmpty();
        assertThat(texts.check(wrong)).isPresent();
        assertThat(texts.yields("size(text)").kind()).contains("integer");
        assertThat(List.of(sound, wrong, "size(text)", "text == 'in a batch'")).noneMatch(texts::keeps);
        assertThat(texts.evaluate(sound, JsonObject.EMPTY)).isEqualTo(JsonBoolean.TRUE);
        assertThat(texts.keeps(sound)).isTrue();
        assertThat(texts.checkCondition(sound)).isEmpty();
    }

    @Test
    void keepsCompiledByHowLargeItIs() {
        ExpressionLanguage texts = new ExpressionLanguage(Map.of("text", ValueType.STRING));
        for (int i = 0; i < 100; i++) {
            texts.evaluate(HEAVY.formatted(i), JsonObject.EMPTY);
        }
        assertThat(IntStream.range(0, 100).mapToObj(HEAVY::formatted).filter(texts::keeps))
                .hasSizeBetween(20, 50);
        ExpressionLanguage usual = new ExpressionLanguage(Map.of("text", ValueType.STRING));
        for (int i = 0; i < 5_000; i++) {
            usual.evaluate("text == '" + i + "'", JsonObject.of("text", "x"));
        }
        assertThat(IntStream.range(0, 5_000).mapToObj(i -> "text == '" + i + "'"))
                .allMatch(usual::keeps);
    }

    @Test
    void aTextOfAnyLengthIsRefusedAndNotKept() {
        ExpressionLanguage texts = new ExpressionLanguage(Map.of("text", ValueType.STRING));
        String endless = "text == '" + "x".repeat(1_000_000) + "'";
        assertThat(texts.check(endless)).get().asString().contains("longer than 4096");
        assertThatThrownBy(() -> texts.evaluate(endless, JsonObject.of("text", "x")))
                .hasMessageContaining("longer than 4096");
        assertThat(texts.keeps(endless)).isFalse();
    }

    @Test
    void saysWhatIsWrongInPlainWords() {
        Map.of(
                        "tool.name +", "the expression ends too early",
                        "(tool.name", "')' is missing at the end",
                        "tool.name ]", "']' is not expected here",
                        "tool.name + 1", "'+' cannot be applied to string and int",
                        "1 + 2.0", "'+' cannot be applied to int and double; convert one with double(…) or int(…)",
                        "size(1)", "'size' cannot be applied to int",
                        "nobody == 1", "there is no variable or function 'nobody'",
                        "agent ? 1 : 2", "'? :' cannot be applied to string and int and int",
                        "% 2", "'%' is not expected here")
                .forEach((expression, problem) -> assertThat(language.check(expression))
                        .as(expression)
                        .get()
                        .asString()
                        .matches("line 1, column \\d+: .*")
                        .endsWith(": " + problem));
        assertThatThrownBy(() -> language.evaluate("tool.arguments.to + tool.arguments.n", VALUES))
                .hasMessageContaining("'+' cannot be applied to the values that it is given")
                .hasMessageNotContaining("overload");
        assertThatThrownBy(() -> language.evaluate("tool.arguments.none", VALUES))
                .hasMessageContaining("there is no member 'none'");
    }

    private final ExpressionLanguage texts = new ExpressionLanguage(
            Map.of("text", ValueType.STRING, "part", ValueType.STRING, "any", ValueType.ANY, "items", ValueType.ANY));

    private static JsonObject texts(String text, String part, int items) {
        return JsonObject.of("text", text, "part", part, "any", text, "items", Collections.nCopies(items, 1));
    }

    /** One call looks for a long text at each place of another one: that is counted before it begins. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "text.contains(part)",
                "text.contains(part + 'b')",
                "any.contains(part)",
                "text.indexOf(part) > 0",
                "text.indexOf(part, 1) > 0",
                "text.lastIndexOf(part) > 0",
                "size(text.split(part)) > 1",
                "items.exists(i, text.contains(part))",
                "text.matches('(?:a?){900}b')",
                "text.matches('(?:a?){900}' + 'b')",
                "items.exists(i, matches(text, '(?:[a-z]?){300}B'))",
                "any.matches('(?:a?){900}b') || true"
            })
    void aSearchCostsWhatItMayTake(String expression) {
        JsonObject values = texts("a".repeat(200_000), "a".repeat(100_000) + "b", 3);
        assertThatThrownBy(() -> texts.evaluate(expression, values))
                .isInstanceOf(ExpressionFailedException.class)
                .hasMessageContaining("more than 20000000 steps");
    }

    /** Reading a pattern takes its time too, and as often as there is another one. */
    @Test
    void aPatternCostsWhatItMayTakeToBeRead() {
        String classes = "[\\PL]|".repeat(250);
        JsonObject values = texts("", classes, 30);
        assertThat(texts.evaluate("items.exists(i, text.matches(part + 'a'))", values))
                .as("the same is read once")
                .isEqualTo(JsonBoolean.FALSE);
        JsonObject others = values.with("items", JsonValue.of(List.of("a", "b", "c", "d", "e", "f", "g", "h", "i")));
        assertThatThrownBy(() -> texts.evaluate("items.exists(i, text.matches(part + i))", others))
                .isInstanceOf(ExpressionFailedException.class)
                .hasMessageContaining("more than 20000000 steps");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "text.matches('('), a pattern is wrong: error parsing regexp: missing closing )",
                "text.matches('(?:a?){999}(?:b?){999}'), comes to more than 2000 instructions",
                "text.matches(part), longer than 2000 characters",
                "text.matches('(?i)\u1c80'), characters U+1C80 to U+1C88",
                "text.matches('a(?s-i:[b-\u3fff])'), characters U+1C80 to U+1C88",
                "text.matches('(?i)[]b-\u3fff]'), characters U+1C80 to U+1C88",
                "text.matches('(?i)[]-\u3fff]'), characters U+1C80 to U+1C88",
                "text.matches('(?i)[[:alpha:]b-\u3fff]'), characters U+1C80 to U+1C88",
                "text.matches('(?i)[a\\\\]b-\u3fff]'), characters U+1C80 to U+1C88",
                "text.matches('(?i)[a\\\\x{5d}\\\\x{430}-\\\\x{2c81}]'), characters U+1C80 to U+1C88",
                "text.matches('(?i)\\\\Q[\\\\E[]b-\u3fff]'), characters U+1C80 to U+1C88",
                "text.matches('(?i)[\\\\x{1000}-\\\\x{0FFFF}]'), characters U+1C80 to U+1C88"
            })
    void aPatternThatCannotBeReadIsRefused(String expression, String problem) {
        assertThatThrownBy(() -> texts.evaluate(expression, texts("a", "a".repeat(2_001), 1)))
                .isInstanceOf(ExpressionFailedException.class)
                .hasMessageContaining(problem);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text.matches('^(?i)WHAT.*\u0432$')",
                "text.matches('(?i)WHAT[-\u2013\u2014 ]')",
                "text.matches('(?i)WHAT|e-\u30e1|[[:[]b-\u3fff]')",
                "text.matches('(?i)WHAT[ \u2013-]')",
                "text.matches('\u1c80') && !text.matches('^hat')",
                "matches(text, '(?i)HAT') && any.matches('h[\\\\x{41}-\\\\x{ffff}]t')",
                "text.matches('(?i)[\\\\x{43}-\\\\x{5ff}\\\\W]$') || text.matches('\\\\W$')"
            })
    void aPatternIsLookedForAnywhere(String expression) {
        assertThat(texts.evaluate(expression, texts("what \u1c80\u0432", "", 1)))
                .isEqualTo(JsonBoolean.TRUE);
    }

    @Test
    void aTextCostsByItsLengthEachTimeItIsUsed() {
        JsonObject values = texts("A".repeat(100_000), "", 10_000);
        assertThatThrownBy(() -> texts.evaluate("items.all(i, text.lowerAscii() != '')", values))
                .isInstanceOf(ExpressionFailedException.class)
                .hasMessageContaining("more than 20000000 steps");
    }

    private final ExpressionLanguage lists = new ExpressionLanguage(Map.of(
            "big", ValueType.ANY,
            "same", ValueType.ANY,
            "bigger", ValueType.ANY,
            "few", ValueType.ANY,
            "map", ValueType.ANY,
            "other", ValueType.ANY,
            "times", ValueType.ANY));

    private static JsonObject lists(int times) {
        List<Integer> big = Collections.nCopies(20_000, 1);
        List<JsonValue> bigger = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            bigger.add(JsonValue.of(Collections.nCopies(20_000, i == 0 ? 2 : 1).stream()
                    .limit(19_999 - i)
                    .toList()));
        }
        Map<String, Integer> map = new TreeMap<>();
        for (int i = 0; i < 20_000; i++) {
            map.put("k" + i, i);
        }
        return JsonObject.of(
                "big", big,
                "same", List.copyOf(big),
                "bigger", bigger,
                "few", List.of(List.of(1)),
                "map", map,
                "other", Map.copyOf(map),
                "times", Collections.nCopies(times, 1));
    }

    /** What is compared costs a step for each element, to its depth; counted before it begins. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "!(b in c)",
                "!('x' in b)",
                "!(i + 1 in b)",
                "b == s",
                "!(b != s)",
                "m == o",
                "[b] == [s]",
                "{'a': m} == {'a': o}",
                "[i].map(e, b) == [i].map(e, s)",
                "math.greatest(b) == 1"
            })
    void aComparisonCostsWhatItMayTake(String expression) {
        String often = "[big].all(b, [same].all(s, [map].all(m, [other].all(o, [bigger].all(c, times.all(i, "
                + expression + "))))))";
        JsonObject values = lists(2_000);
        assertThatThrownBy(() -> lists.evaluate(often, values))
                .isInstanceOf(ExpressionFailedException.class)
                .hasMessageContaining("more than 20000000 steps");
    }

    @Test
    void longListsCanBeComparedAFewTimes() {
        assertThat(lists.evaluate(
                        "big == same && !(big in few) && [1] in few && 1 in big && map == other"
                                + " && times.all(i, i in big && [i] in few && map.k1 == 1)",
                        lists(100)))
                .isEqualTo(JsonBoolean.TRUE);
    }

    /** However long the other one is: what is small is compared in a few steps. */
    @Test
    void aSmallListIsComparedWithALongOneOften() {
        assertThat(lists.evaluate("[big].all(b, times.all(i, [i] != b))", lists(5_000)))
                .isEqualTo(JsonBoolean.TRUE);
    }

    @Test
    void longTextsCanBeLookedAtAFewTimes() {
        JsonObject values = texts("a".repeat(1_000_000) + "needle", "needle", 20);
        assertThat(texts.evaluate(
                        "text.contains('needle') && text.contains(part) && text.indexOf(part) == 1000000"
                                + " && items.all(i, text.endsWith(part)) && text.matches('.*needle$')",
                        values))
                .isEqualTo(JsonBoolean.TRUE);
        assertThat(texts.evaluate("items.exists(i, text.contains('x' + 'a'))", texts("a".repeat(1_000), "", 10_000)))
                .isEqualTo(JsonBoolean.FALSE);
    }

    /** Who is interrupted is waited for, and need not calculate to the end. */
    @Test
    void anEvaluationEndsWhenItsThreadIsInterrupted() {
        JsonObject values = texts("", "", 10_000);
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> texts.evaluate("items.all(i, i == 1)", values))
                    .isInstanceOf(ExpressionFailedException.class)
                    .hasMessageContaining("interrupted");
        } finally {
            assertThat(Thread.interrupted())
                    .as("whoever asked still knows of it")
                    .isTrue();
        }
    }

    @Test
    void aMissingValueHasNoValue() {
        assertThatThrownBy(() -> language.evaluate("tool.plugin.id == ''", Json.parseObject("{\"tool\": {}}")))
                .isInstanceOf(ExpressionFailedException.class);
        assertThatThrownBy(() -> language.evaluate("agent == ''", JsonObject.EMPTY))
                .isInstanceOf(ExpressionFailedException.class)
                .hasMessage("'agent' has no value yet");
    }
}
