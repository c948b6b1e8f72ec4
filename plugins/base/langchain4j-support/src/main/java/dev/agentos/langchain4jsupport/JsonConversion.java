package dev.agentos.langchain4jsupport;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.Map;
import java.util.Optional;

/** Reads JSON text that a model wrote. */
final class JsonConversion {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private JsonConversion() {}

    /** The object of a JSON text; empty when it is none. A model that gives no arguments often writes nothing. */
    static Optional<JsonObject> object(String text) {
        if (text.isBlank()) {
            return Optional.of(JsonObject.EMPTY);
        }
        try {
            return JsonValue.of(MAPPER.readValue(text, Map.class)) instanceof JsonObject object
                    ? Optional.of(object)
                    : Optional.empty();
        } catch (JsonProcessingException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
