package dev.agentos.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class JsonSchemasTest {

    private static List<Fault> faults(String schema) {
        return JsonSchemas.faults(Json.parseObject(schema), "/check/schema", "policy:INVALID_POLICY");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"type\": \"object\", \"required\": [\"a\"], \"properties\": {\"a\": {\"type\": [\"string\","
                        + " \"null\"]}}}",
                "{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\", \"items\": true}",
                "{\"$schema\": \"https://json-schema.org/draft/2019-09/schema\", \"items\": [{}, {}]}",
                "{\"$schema\": \"http://json-schema.org/draft-07/schema#\", \"definitions\": {\"a\": {}},"
                        + " \"items\": {\"$ref\": \"#/definitions/a\"}}",
                "{\"$schema\": \"http://json-schema.org/draft-07/schema\", \"dependencies\": {\"a\": [\"b\"]}}",
                "{\"$schema\": \"http://json-schema.org/draft-04/schema#\", \"minimum\": 1, \"exclusiveMinimum\":"
                        + " true}",
                "{\"$id\": \"https://example.com/tree\", \"properties\": {\"left\": {\"$ref\": \"#\"},"
                        + " \"right\": {\"$ref\": \"https://example.com/tree\"}}}",
                "{\"$defs\": {\"a/b c\": {\"$anchor\": \"there\"}}, \"anyOf\": [{\"$ref\": \"#/$defs/a~1b%20c\"},"
                        + " {\"$ref\": \"#there\"}]}",
                "{\"items\": {\"$ref\": \"https://json-schema.org/draft/2020-12/schema\"}}",
                "{\"items\": {\"$ref\": \"http://json-schema.org/draft-07/schema#/definitions/schemaArray\"}}",
                "{\"properties\": {\"$ref\": {\"type\": \"string\"}, \"pattern\": {\"type\": \"string\"}}}",
                "{\"const\": {\"$ref\": \"#/nowhere\"}, \"examples\": [{\"pattern\": \"(\"}], \"x-mine\": 1}",
                "{\"pattern\": \"^\\\\p{Letter}+$\"}"
            })
    void aSchemaIsOne(String schema) {
        assertThat(faults(schema)).isEmpty();
        JsonSchemas.check(Json.parseObject(schema), Json.parse("{\"a\": \"b\"}"), "");
    }

    /** One by which values were checked before anybody looked at it goes on being one. */
    @Test
    void whatACheckGetsOverIsNotUnusable() {
        JsonObject loose = Json.parseObject("{\"type\": \"any\", \"properties\": {\"a\": {\"required\": true}}}");
        assertThat(JsonSchemas.faults(loose, "", "graph:INVALID_GRAPH")).isNotEmpty();
        assertThat(JsonSchemas.unusable(loose, "", "graph:INVALID_GRAPH")).isEmpty();
        assertThat(JsonSchemas.check(loose, Json.parse("{\"a\": 1}"), "")).isEmpty();
        assertThat(JsonSchemas.unusable(Json.parseObject("{\"pattern\": \"(\"}"), "/form", "graph:INVALID_GRAPH"))
                .extracting(Fault::pointer)
                .containsExactly("/form/pattern");
        assertThat(JsonSchemas.unusable(Json.parseObject("{\"type\": \"strin\"}"), "", "graph:INVALID_GRAPH"))
                .hasSize(1);
    }

    @Test
    void aReferenceIsReadInTimeWhateverItIs() {
        JsonObject schema = JsonObject.of("$ref", "x" + "#".repeat(500_000) + "\nx");
        assertTimeoutPreemptively(
                Duration.ofSeconds(10),
                () -> assertThat(JsonSchemas.unusable(schema, "", "graph:INVALID_GRAPH"))
                        .hasSize(1));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'type': 'strin'} | /type | enumeration",
                "{'type': 5} | /type | ",
                "{'required': 'a'} | /required | array",
                "{'properties': {'a': {'minLength': -1}}} | /properties/a/minLength | ",
                "{'properties': {'a': 'string'}} | /properties/a | ",
                "{'properties': []} | /properties | object",
                "{'$schema': 'https://json-schema.org/draft/2030-01/schema'} | /$schema | no such draft",
                "{'$schema': 'http://127.0.0.1:9/mine'} | /$schema | no such draft",
                "{'$schema': 7} | /$schema | no such draft",
                "{'$ref': 'http://127.0.0.1:9/schema.json'} | /$ref | nothing is fetched",
                "{'items': {'$ref': 'other.json#/a'}} | /items/$ref | nothing is fetched",
                "{'$ref': 'file:///etc/passwd'} | /$ref | nothing is fetched",
                "{'properties': {'a~/': {'$ref': '#/$defs/b'}}} | /properties/a~0~1/$ref | '#/$defs/b'",
                "{'$ref': '#there'} | /$ref | '#there'",
                "{'$defs': {'a': {'required': []}}, '$ref': '#/$defs/a/required'} | /$ref | has no schema",
                "{'$id': 'https://example.com/a', '$ref': '#/$defs/b'} |  | cannot be resolved",
                "{'pattern': '('} | /pattern | Unclosed group",
                "{'properties': {'a': {'pattern': '[z-a]'}}} | /properties/a/pattern | range",
                "{'patternProperties': {'*': {}}} | /patternProperties/* | Dangling",
                "{'$ref': '#'} |  | refers to itself",
                "{'allOf': [{'$ref': '#'}]} | | refers to itself",
                "{'$defs': {'a': {'anyOf': [{'$ref': '#/$defs/b'}]}, 'b': {'$ref': '#/$defs/a'}},"
                        + " 'items': {'$ref': '#/$defs/a'}} | | refers to itself",
            })
    void whatIsNoneIsToldWithItsPlace(String schema, String place, String what) {
        String pointer = "/check/schema" + (place == null ? "" : place);
        assertThat(faults(schema.replace('\'', '"'))).anySatisfy(fault -> {
            assertThat(fault.pointer()).startsWith(pointer);
            assertThat(fault.message()).contains(what == null ? "" : what).endsWith(".");
            assertThat(fault.code()).isEqualTo("policy:INVALID_POLICY");
        });
    }

    /** Of as many levels, each of which looks twice at the one below. */
    private static String doubling(int levels) {
        return IntStream.range(0, levels)
                .mapToObj(i -> "\"l" + i + "\": {\"allOf\": [{\"$ref\": \"#/$defs/l" + (i + 1)
                        + "\"}, {\"$ref\": \"#/$defs/l" + (i + 1) + "\"}]}")
                .collect(Collectors.joining(
                        ", ",
                        "{\"$ref\": \"#/$defs/l0\", \"$defs\": {",
                        ", \"l" + levels + "\": {\"type\": \"object\"}}}"));
    }

    @Test
    void aSchemaWhoseWaysPartTooOftenIsRefusedAndNoCheckByItTakesLong() {
        assertThat(faults(doubling(8))).isEmpty();
        assertThat(faults(doubling(40)))
                .singleElement()
                .satisfies(fault -> assertThat(fault.message()).contains("more than 10000 ways"));
        JsonObject schema = Json.parseObject(doubling(40));
        long begun = System.nanoTime();
        assertThatThrownBy(() -> JsonSchemas.check(schema, JsonObject.EMPTY, ""))
                .isInstanceOf(UnusableSchemaException.class)
                .hasMessageContaining("too long");
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(15));
    }

    /** What parts at each level of the value is not known before there is one. */
    @Test
    void aValueThatLetsASchemaPartTooOftenIsGivenUp() {
        JsonObject schema =
                Json.parseObject("{\"properties\": {\"a\": {\"allOf\": [{\"$ref\": \"#\"}, {\"$ref\": \"#\"}]}}}");
        assertThat(JsonSchemas.faults(schema, "", "x:Y")).isEmpty();
        JsonValue value = Json.parse("{\"a\":".repeat(60) + "{}" + "}".repeat(60));
        assertThatThrownBy(() -> JsonSchemas.check(schema, value, "")).isInstanceOf(UnusableSchemaException.class);
        assertThat(JsonSchemas.check(schema, Json.parse("{\"a\": {\"a\": {}}}"), ""))
                .isEmpty();
    }

    @Test
    void aSchemaThatReturnsToItselfEndsNoThread() {
        assertThatThrownBy(() -> JsonSchemas.check(JsonObject.of("$ref", "#"), JsonObject.EMPTY, ""))
                .isInstanceOf(UnusableSchemaException.class);
    }

    @Test
    void patternsThatAreNoneMakeASchemaUnusable() {
        assertThatThrownBy(() -> JsonSchemas.check(JsonObject.of("pattern", "("), Json.parse("\"a\""), ""))
                .isInstanceOf(UnusableSchemaException.class);
    }

    /** A million faults would be told to nobody, and take the memory of others. */
    @Test
    void onlySoManyFaultsAreGathered() {
        JsonObject schema = Json.parseObject("{\"items\": {\"type\": \"string\"}}");
        JsonValue value = Json.parse("[" + "1,".repeat(500_000) + "1]");
        List<Fault> faults = JsonSchemas.check(schema, value, "/input");
        assertThat(faults).hasSize(100);
        assertThat(faults.getFirst().pointer()).isEqualTo("/input/0");
    }
}
