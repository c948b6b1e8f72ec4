package dev.agentos.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.util.Optional;

/** What every schema that an extension shows must have, so that forms and models can use it. */
final class SchemaAssertions {

    private SchemaAssertions() {}

    static void assertObjectSchema(JsonObject schema) {
        assertThat(schema.text("type")).as("type of the schema %s", schema).isEqualTo(Optional.of("object"));
        JsonObject properties = schema.object("properties").orElse(JsonObject.EMPTY);
        properties.members().forEach((name, property) -> {
            assertThat(property).as("property %s", name).isInstanceOf(JsonObject.class);
            assertThat(((JsonObject) property).text("description").orElse(""))
                    .as("description of the property %s", name)
                    .isNotBlank();
        });
        for (JsonValue required : schema.array("required").orElse(JsonArray.EMPTY)) {
            assertThat(properties.members()).containsKey(((JsonString) required).value());
        }
    }
}
