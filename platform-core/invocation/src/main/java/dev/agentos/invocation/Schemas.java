package dev.agentos.invocation;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.schemas.JsonSchemas;
import dev.agentos.schemas.UnusableSchemaException;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.ToolDescription;
import java.util.List;

/** Checks values against the schemas of plugins. */
public final class Schemas {

    private static final JsonObject ANY_OBJECT = JsonObject.of("type", "object");

    private Schemas() {}

    /** Loads the library, so that the time it takes is not counted as the first plugin's. */
    static void load() {
        check(ANY_OBJECT, JsonObject.EMPTY, "");
    }

    /**
     * What is wrong with a value.
     *
     * @param pointer where the value stands in the document that is reported on, as in {@code /input}; goes in front
     * @return empty when the value fits
     * @throws AgentOsException {@code plugin:INVALID_SCHEMA} when the schema itself is none, or takes too long for the
     *     value
     */
    public static List<Fault> check(JsonObject schema, JsonValue value, String pointer) {
        try {
            return JsonSchemas.check(schema, value, pointer);
        } catch (UnusableSchemaException e) {
            throw new AgentOsException(
                    InvocationErrorCode.INVALID_SCHEMA,
                    "A schema of the plugin cannot be used: " + e.getMessage() + ".",
                    "Report it to the plugin's author.",
                    e);
        }
    }

    /** Why nothing can be checked by a schema. */
    static List<Fault> unusable(JsonObject schema) {
        return JsonSchemas.unusable(schema, "", InvocationErrorCode.INVALID_SCHEMA.code());
    }

    /** On the plugin's thread and against its deadline, since the patterns of a schema are the plugin's. */
    static void requireArguments(ToolDescription tool, JsonObject arguments) {
        InvalidInputException.refuse(
                check(tool.inputSchema(), arguments, ""),
                InvocationErrorCode.INVALID_ARGUMENTS,
                "The arguments do not fit the tool '" + tool.name() + "'",
                "Correct them by the tool's input schema.");
    }
}
