package dev.agentos.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class YamlTest {

    @Test
    void writesAsPeopleDo() {
        JsonValue value = Json.parse("""
            {"metadata": {"name": "greet", "description": "Greets, and goes."}, "limits": {}, "edges": [],
             "nodes": [{"id": "say", "config": {"set": {"text": "'hi ' + name"}, "on": true, "n": 1.50}},
                       [1, [2]], "line 1\\n  line 2\\n\\nline 4", "yes", "1", null]}
            """);
        assertThat(Yaml.write(value)).isEqualTo("""
            metadata:
              name: greet
              description: Greets, and goes.
            limits: {}
            edges: []
            nodes:
              - id: say
                config:
                  set:
                    text: "'hi ' + name"
                  "on": true
                  "n": 1.50
              -
                - 1
                -
                  - 2
              - |-
                line 1
                  line 2

                line 4
              - "yes"
              - "1"
              - null
            """);
        assertThat(Yaml.parse(Yaml.write(value))).isEqualTo(value);
    }

    /** The seed is printed; what a text is made of is what has a meaning in YAML somewhere. */
    @Test
    void readsWhateverItWrote() {
        long seed = Long.getLong("test.seed", System.nanoTime());
        System.out.println("YAML seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 3_000; i++) {
            JsonValue value = value(random, 5);
            assertThat(Yaml.parse(Yaml.write(value)))
                    .as("seed " + seed + "\n" + Yaml.write(value))
                    .isEqualTo(value);
        }
    }

    private static JsonValue value(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 9 : 6)) {
            case 0 -> JsonNull.NULL;
            case 1 -> JsonValue.of(random.nextBoolean());
            case 2 ->
                new JsonNumber(new BigDecimal(String.valueOf(random.nextInt(2_000) - 1_000))
                        .scaleByPowerOfTen(random.nextInt(60) - 30));
            case 6 -> {
                List<JsonValue> items = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    items.add(value(random, depth - 1));
                }
                yield new JsonArray(items);
            }
            case 7, 8 -> {
                Map<String, JsonValue> members = new LinkedHashMap<>();
                for (int i = random.nextInt(5); i > 0; i--) {
                    members.put(text(random), value(random, depth - 1));
                }
                yield new JsonObject(members);
            }
            default -> new JsonString(text(random));
        };
    }

    private static String text(Random random) {
        List<String> parts = List.of(
                "a",
                "Word",
                "null",
                "yes",
                "1",
                "1.5",
                "-",
                ":",
                ": ",
                " #",
                "\n",
                "\n\n",
                " ",
                "  ",
                "\t",
                "'",
                "\"",
                "\\",
                "{",
                "[",
                "]",
                ",",
                "&x",
                "*x",
                "!t",
                "|",
                ">",
                "%",
                "@",
                "`",
                "?",
                "? ",
                "- ",
                "---",
                "...",
                "~",
                "\r",
                "é",
                "\u0085",
                "\u2028",
                "\ufeff",
                "\u007f",
                "\u0001",
                "😀",
                "<<",
                "=",
                "0x1",
                ".inf",
                "2001-01-01",
                "\\u0041",
                "x".repeat(1_000));
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(5); i > 0; i--) {
            String part = parts.get(random.nextInt(parts.size()));
            text.append(text.length() + part.length() > 1_020 ? "" : part);
        }
        return text.toString();
    }

    @Test
    void breaksLongLinesAndRefusesLongerOnes() {
        for (String part : List.of("x", "x ", " ", "😀\t", "a\n")) {
            JsonValue value = JsonObject.of("a", List.of(JsonObject.of("b", part.repeat(100_000))));
            assertThat(Yaml.write(value).lines()).allMatch(line -> line.length() < 11_000);
            assertThat(Yaml.parse(Yaml.write(value))).isEqualTo(value);
        }
        for (String text : List.of("a: \"" + "x".repeat(70_000) + "\"", "a: 1\n".repeat(700_000), "[".repeat(200))) {
            assertThatThrownBy(() -> Yaml.parse(text))
                    .isInstanceOfSatisfying(
                            AgentOsException.class,
                            e -> assertThat(e.errorCode()).isEqualTo(KernelErrorCode.DOCUMENT_TOO_LARGE));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a: 1\na: 2\n", "a: 1\n---\nb: 2\n", "a: &x [1]\nb: *x\n", "a: [", "a: 'x\u0000'", "\ta: 1"})
    void refusesWhatWouldBeWrongWithoutAWord(String text) {
        assertThatThrownBy(() -> Yaml.parse(text))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(KernelErrorCode.MALFORMED_YAML));
    }

    @Test
    void saysWhereItIsWrong() {
        assertThatThrownBy(() -> Yaml.parse("a: 1\nb: [\n")).hasMessageContaining("at line 2");
    }
}
