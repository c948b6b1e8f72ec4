package dev.agentos.invocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import org.junit.jupiter.api.Test;

class SchemasTest {

    private static final JsonObject SCHEMA = Json.parseObject("""
        {"type": "object", "required": ["name"], "additionalProperties": false,
         "properties": {"name": {"type": "string"}, "times": {"type": "integer", "minimum": 1}}}
        """);

    @Test
    void namesEachFaultWithItsPlace() {
        assertThat(Schemas.check(SCHEMA, JsonObject.of("name", "x", "times", 2), ""))
                .isEmpty();
        assertThat(Schemas.check(SCHEMA, JsonObject.of("times", 0), "/input"))
                .extracting(fault -> fault.pointer() + " " + fault.code())
                .containsExactlyInAnyOrder("/input schema:required", "/input/times schema:minimum");
        assertThat(Schemas.check(SCHEMA, JsonObject.of("name", "x", "nmae", "y"), ""))
                .singleElement()
                .satisfies(fault -> assertThat(fault.message()).contains("nmae"));
    }

    @Test
    void nothingIsFetched() {
        JsonObject schema = JsonObject.of("$ref", "http://127.0.0.1:9/schema.json");
        assertThatThrownBy(() -> Schemas.check(schema, JsonObject.EMPTY, ""))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(InvocationErrorCode.INVALID_SCHEMA));
    }

    @Test
    void matchesPatternsAsOthersDo() {
        JsonObject schema = Json.parseObject("""
            {"properties": {"key": {"type": "string", "pattern": "^[a-z][a-z0-9-]{0,30}$"},
                            "part": {"type": "string", "pattern": "\\\\p{Letter}+$"}},
             "patternProperties": {"^x-": {"type": "integer"}}}
            """);
        assertThat(Schemas.check(schema, JsonObject.of("key", "my-key", "part", "1ä", "x-n", 1), ""))
                .isEmpty();
        assertThat(Schemas.check(schema, JsonObject.of("key", "My key\n", "part", "1", "x-n", "1"), ""))
                .extracting(fault -> fault.pointer())
                .containsExactlyInAnyOrder("/key", "/part", "/x-n");
    }

    @Test
    void aPatternThatTakesTooLongIsGivenUp() {
        for (String pattern : new String[] {"^(a+)+$", "^(a|aa)+$", "(x+x+)+y", "^(\\w+\\s?)*$"}) {
            JsonObject schema = JsonObject.of("properties", JsonObject.of("text", JsonObject.of("pattern", pattern)));
            String value = (pattern.contains("x") ? "x" : "a").repeat(5_000) + "!";
            assertThatThrownBy(() -> Schemas.check(schema, JsonObject.of("text", value), ""))
                    .as(pattern)
                    .isInstanceOfSatisfying(AgentOsException.class, e -> {
                        assertThat(e.errorCode()).isEqualTo(InvocationErrorCode.INVALID_SCHEMA);
                        assertThat(e.getMessage()).contains(pattern).contains("takes too long");
                    });
        }
    }

    @Test
    void emptySchemaTakesAnything() {
        assertThat(Schemas.check(JsonObject.EMPTY, JsonObject.of("a", 1), "")).isEmpty();
    }
}
