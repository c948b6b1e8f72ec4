package dev.agentos.invocation;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.PathType;
import dev.agentos.invocation.checks.BoundedPattern;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.ToolDescription;
import java.util.List;

/** Checks values against JSON Schema 2020-12. A schema that refers outside itself is refused: nothing is fetched. */
public final class Schemas {

    /** Made when first used: the library takes longer to load than the rest of the server to start. */
    private static final class Library {
        static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12,
                builder -> builder.schemaRegistryConfig(SchemaRegistryConfig.builder()
                        .pathType(PathType.JSON_POINTER)
                        .regularExpressionFactory(BoundedPattern::of)
                        .build()));
        static final Cache<JsonObject, Schema> COMPILED =
                Caffeine.newBuilder().maximumSize(1_000).build();
    }

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
     * @throws AgentOsException {@code plugin:INVALID_SCHEMA} when the schema itself is none, or has a pattern that
     *     takes too long for the value
     */
    public static List<Fault> check(JsonObject schema, JsonValue value, String pointer) {
        if (schema.isEmpty()) {
            return List.of();
        }
        try {
            Schema compiled = Library.COMPILED.get(
                    schema, source -> Library.REGISTRY.getSchema(Json.write(source), InputFormat.JSON));
            return compiled.validate(Json.write(value), InputFormat.JSON).stream()
                    .map(error -> fault(error, pointer))
                    .toList();
        } catch (SchemaException | BoundedPattern.TooSlow e) {
            throw new AgentOsException(
                    InvocationErrorCode.INVALID_SCHEMA,
                    "A schema of the plugin cannot be used: " + e.getMessage() + ".",
                    "Report it to the plugin's author.",
                    e);
        }
    }

    /** On the plugin's thread and against its deadline, since the patterns of a schema are the plugin's. */
    static void requireArguments(ToolDescription tool, JsonObject arguments) {
        InvalidInputException.refuse(
                check(tool.inputSchema(), arguments, ""),
                InvocationErrorCode.INVALID_ARGUMENTS,
                "The arguments do not fit the tool '" + tool.name() + "'",
                "Correct them by the tool's input schema.");
    }

    private static Fault fault(Error error, String pointer) {
        return new Fault(
                pointer + error.getInstanceLocation(), "schema:" + error.getKeyword(), error.getMessage() + ".");
    }
}
