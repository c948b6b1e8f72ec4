package dev.agentos.cli;

import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import picocli.CommandLine.TypeConversionException;

/** JSON that was written on the command line. */
final class JsonArgument {
    private JsonArgument() {}

    static JsonValue value(String text) {
        try {
            return Json.parse(text);
        } catch (AgentOsException malformed) {
            throw new TypeConversionException(malformed.getMessage() + " Put it in single quotes, as in '{\"a\": 1}'.");
        }
    }

    static JsonObject object(String text) {
        if (value(text) instanceof JsonObject object) {
            return object;
        }
        throw new TypeConversionException("It is JSON, but no object as in '{\"a\": 1}'.");
    }
}
