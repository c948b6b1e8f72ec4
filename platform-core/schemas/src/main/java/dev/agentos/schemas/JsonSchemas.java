package dev.agentos.schemas;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.ValidationLimitExceededException;
import com.networknt.schema.path.PathType;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.PatternSyntaxException;

/**
 * Checks values against JSON Schema 2020-12, or the draft that a schema names. A schema that refers outside itself is
 * refused: nothing is fetched. The schemas are somebody else's and the values a third one's, so that a check gives up
 * before it takes long, and tells no more faults than anybody reads.
 */
public final class JsonSchemas {

    private static final int MOST_FAULTS = 100;

    /** What any check may take, for each character of the value more, and never more than a few seconds. */
    private static final long STEPS = 1_000_000;

    private static final long STEPS_A_CHARACTER = 50;
    private static final long MOST_STEPS = 50_000_000;

    /** Made when first used: the library takes longer to load than the rest of the server to start. */
    private static final class Library {
        static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12,
                builder -> builder.schemaRegistryConfig(SchemaRegistryConfig.builder()
                        .pathType(PathType.JSON_POINTER)
                        .regularExpressionFactory(BoundedPattern::of)
                        .build()));
        /** By their size: a thousand small ones, or a few that are large. */
        static final Cache<JsonObject, Schema> COMPILED = Caffeine.newBuilder()
                .maximumWeight(4_000_000)
                .weigher((JsonObject schema, Schema compiled) ->
                        Math.max(4_000, schema.toString().length()))
                .build();
    }

    /** Faults as long as there are not too many. */
    private static final class Found extends ArrayList<Error> {
        private static final long serialVersionUID = 1L;

        private static final class Enough extends RuntimeException {
            private static final long serialVersionUID = 1L;

            Enough() {
                super(null, null, false, false);
            }
        }

        @Override
        public boolean add(Error error) {
            if (size() >= MOST_FAULTS) {
                throw new Enough();
            }
            return super.add(error);
        }

        @Override
        public boolean addAll(Collection<? extends Error> errors) {
            errors.forEach(this::add);
            return !errors.isEmpty();
        }
    }

    private JsonSchemas() {}

    /**
     * What is wrong with a value; of very many faults the first.
     *
     * @param pointer where the value stands in the document that is reported on, as in {@code /input}; goes in front
     * @return empty when the value fits
     * @throws UnusableSchemaException when the schema is none, or takes too long for the value
     */
    public static List<Fault> check(JsonObject schema, JsonValue value, String pointer) {
        if (schema.isEmpty()) {
            return List.of();
        }
        try {
            Schema compiled = Library.COMPILED.get(schema, JsonSchemas::compiled);
            return found(compiled, Json.write(value)).stream()
                    .map(error -> new Fault(
                            pointer + error.getInstanceLocation(),
                            "schema:" + error.getKeyword(),
                            error.getMessage() + "."))
                    .toList();
        } catch (SchemaException | PatternSyntaxException | BoundedPattern.TooSlow e) {
            throw new UnusableSchemaException(String.valueOf(e.getMessage()), e);
        } catch (ValidationLimitExceededException e) {
            throw new UnusableSchemaException("it takes too long for a value", e);
        } catch (StackOverflowError e) {
            throw new UnusableSchemaException("it goes too deep for a value", e);
        }
    }

    static Schema compiled(JsonObject schema) {
        return Library.REGISTRY.getSchema(Json.write(schema), InputFormat.JSON);
    }

    /** What is wrong with a schema by the schema of schemas of that draft. */
    static List<Error> wrong(JsonObject schema, String draft) {
        return found(Library.REGISTRY.getSchema(SchemaLocation.of(draft)), Json.write(schema));
    }

    private static List<Error> found(Schema compiled, String value) {
        Found found = new Found();
        try {
            compiled.validate(value, InputFormat.JSON, context -> {
                context.setErrors(found);
                context.executionConfig(config ->
                        config.maxEvaluationSteps(Math.min(MOST_STEPS, STEPS + STEPS_A_CHARACTER * value.length())));
            });
        } catch (Found.Enough e) {
            // What was found tells enough.
            return found;
        }
        return found;
    }

    /**
     * What is wrong with a schema itself, wherever one comes in: better then than when somebody waits for what it is to
     * check.
     *
     * @param pointer where it stands in the document that is reported on; goes in front
     * @param code of the faults
     */
    public static List<Fault> faults(JsonObject schema, String pointer, String code) {
        return schema.isEmpty() ? List.of() : new SchemaFaults(schema, true).find(pointer, code);
    }

    /**
     * Of what is wrong with a schema what no check gets over, for a schema that may have been in use before it was
     * looked at: patterns, references and types that there are not, and checks without an end.
     *
     * @param pointer where it stands in the document that is reported on; goes in front
     * @param code of the faults
     */
    public static List<Fault> unusable(JsonObject schema, String pointer, String code) {
        return schema.isEmpty() ? List.of() : new SchemaFaults(schema, false).find(pointer, code);
    }
}
