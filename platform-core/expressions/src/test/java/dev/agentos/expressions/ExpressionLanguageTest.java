package dev.agentos.expressions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.Test;

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

    @Test
    void aMissingValueHasNoValue() {
        assertThatThrownBy(() -> language.evaluate("tool.plugin.id == ''", Json.parseObject("{\"tool\": {}}")))
                .isInstanceOf(ExpressionFailedException.class);
        assertThatThrownBy(() -> language.evaluate("agent == ''", JsonObject.EMPTY))
                .isInstanceOf(ExpressionFailedException.class);
    }
}
