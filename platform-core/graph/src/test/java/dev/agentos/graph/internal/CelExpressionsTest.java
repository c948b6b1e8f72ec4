package dev.agentos.graph.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.graph.GraphErrorCode;
import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChannelDefinition;
import dev.agentos.spi.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CelExpressionsTest {

    private static final JsonObject STATE = Json.parseObject("""
        {"name":"Ada","score":5,"count":3,"done":true,"tags":["a","b"],"doc":{"title":"T","n":1.5,"none":null},
         "free":{"deep":[1,2.5,"x"]}}\
        """);

    private final CelExpressions expressions = new CelExpressions(channels());

    private static Map<String, ChannelDefinition> channels() {
        Map<String, ChannelDefinition> channels = new LinkedHashMap<>();
        Map.of(
                        "name", "string", "score", "number", "count", "integer", "done", "boolean", "tags", "array",
                        "doc", "object", "free", "any", "unset", "string")
                .forEach((name, type) -> channels.put(name, new ChannelDefinition(type, "last", Optional.empty())));
        return channels;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "name + '!' | \"Ada!\"",
                "score / 2.0 | 2.5",
                "count + 1 | 4",
                "count > 2 && score >= 5 | true",
                "done ? 'y' : 'n' | \"y\"",
                "tags.size() | 2",
                "'a' in tags | true",
                "tags.map(t, t + t) | [\"aa\",\"bb\"]",
                "doc.title | \"T\"",
                "doc.n | 1.5",
                "doc.none == null | true",
                "doc.none | null",
                "has(doc.absent) | false",
                "has(state.unset) | false",
                "has(state.name) | true",
                "free.deep[1] | 2.5",
                "{'a': [1, {'b': null}]} | {\"a\":[1,{\"b\":null}]}",
                "name.upperAscii() | \"ADA\"",
                "math.greatest(1, 7) | 7",
                "duration('90s') | \"PT1M30S\"",
                "state.count + 1 | 4",
                "name.matches('^A.a$') | true",
            })
    void evaluates(String expression, String json) {
        assertThat(expressions.check(expression)).isEmpty();
        assertThat(expressions.evaluate(expression, STATE)).isEqualTo(Json.parse(json));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "name +",
                "nope",
                "name + 1",
                "java.lang.Runtime.getRuntime()",
                "T(java.lang.Runtime)",
                "name.getClass()",
                "''.class",
                "system('ls')",
                "#{1}",
                "${name}",
                "name; 1",
                "google.protobuf.Any{}",
                "this",
                "import x"
            })
    void refusesWhatIsNotCelOverTheChannels(String expression) {
        assertThat(expressions.check(expression)).isPresent();
    }

    @Test
    void saysWhereAnExpressionIsWrong() {
        assertThat(expressions.check("count +\n  nope").orElseThrow())
                .startsWith("line 2, column 3: ")
                .contains("nope");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "unset + 'x'",
                "state.unset",
                "1 / 0",
                "tags[9]",
                "doc.absent",
                "count * 9223372036854775807",
                "b'bytes'",
                "type(1)",
                "free.deep.x",
                "1.0 / 0.0"
            })
    void failsWithItsOwnCode(String expression) {
        assertThatThrownBy(() -> expressions.evaluate(expression, STATE))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(GraphErrorCode.EXPRESSION_FAILED));
    }

    @Test
    void boundsWhatAnExpressionMayCost() {
        String text = "[name]" + ".map(x, x + x)".repeat(60);
        String shared = "[tags]" + ".map(x, [x, x])".repeat(60);
        String equal = shared + " == " + shared;
        String loops = "tags.map(a, tags.map(b, tags))" + ".map(x, x.map(y, y.map(z, x)))".repeat(20);
        for (String expression : new String[] {text, shared, equal, loops, "'x'" + " + 'x'".repeat(2_000)}) {
            Instant start = Instant.now();
            assertThatThrownBy(() -> expressions.evaluate(expression, STATE)).isInstanceOf(AgentOsException.class);
            assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(10));
        }
    }

    @Test
    void tellsConditionsFromOtherExpressions() {
        assertThat(expressions.checkCondition("count > 1")).isEmpty();
        assertThat(expressions.checkCondition("free.flag")).isEmpty();
        assertThat(expressions.checkCondition("count")).isPresent();
    }
}
