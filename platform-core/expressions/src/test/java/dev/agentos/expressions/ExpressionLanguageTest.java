package dev.agentos.expressions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonObject;
import java.util.Collections;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
                "items.exists(i, text.contains(part))"
            })
    void aSearchCostsWhatItMayTake(String expression) {
        JsonObject values = texts("a".repeat(200_000), "a".repeat(100_000) + "b", 3);
        assertThatThrownBy(() -> texts.evaluate(expression, values))
                .isInstanceOf(ExpressionFailedException.class)
                .hasMessageContaining("more than 20000000 steps");
    }

    @Test
    void aTextCostsByItsLengthEachTimeItIsUsed() {
        JsonObject values = texts("A".repeat(100_000), "", 10_000);
        assertThatThrownBy(() -> texts.evaluate("items.all(i, text.lowerAscii() != '')", values))
                .isInstanceOf(ExpressionFailedException.class)
                .hasMessageContaining("more than 20000000 steps");
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
