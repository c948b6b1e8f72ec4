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
    void emptySchemaTakesAnything() {
        assertThat(Schemas.check(JsonObject.EMPTY, JsonObject.of("a", 1), "")).isEmpty();
    }
}
