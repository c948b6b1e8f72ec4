package dev.agentos.web;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The JSON schemas of the API's bodies, and what its fields and parameters mean: published in its description, and the
 * authority on which fields there are.
 */
final class Schemas {

    private static final JsonObject FIELDS = load("fields.json");
    private static final JsonObject ALL = (JsonObject) JsonValue.of(described(load("schemas.json")));
    private static final JsonObject PARAMETERS = load("parameters.json");

    private Schemas() {}

    /** All schemas by name. */
    static JsonObject all() {
        return ALL;
    }

    /** The names of a schema's fields. */
    static Set<String> properties(String schema) {
        Optional<JsonObject> properties = ALL.object(schema).flatMap(found -> found.object("properties"));
        return properties
                .orElseThrow(() -> new IllegalStateException("There is no schema " + schema + " with properties"))
                .members()
                .keySet();
    }

    /** What a parameter of an operation means: in that operation, or else in all that have one of that name. */
    static String parameter(String operation, String name) {
        return PARAMETERS
                .text(operation + " " + name)
                .or(() -> PARAMETERS.text(name))
                .orElseThrow(() -> new IllegalStateException(
                        "parameters.json does not say what " + name + " means in " + operation));
    }

    private static Map<String, JsonValue> described(JsonObject schemas) {
        Map<String, JsonValue> described = new LinkedHashMap<>();
        schemas.members().forEach((name, schema) -> described.put(name, described(name, "", schema)));
        return described;
    }

    private static JsonValue described(String schema, String parent, JsonValue value) {
        return switch (value) {
            case JsonArray array ->
                new JsonArray(array.items().stream()
                        .map(item -> described(schema, parent, item))
                        .toList());
            case JsonObject object -> {
                Map<String, JsonValue> members = new LinkedHashMap<>();
                object.members()
                        .forEach((key, member) -> members.put(
                                key,
                                key.equals("properties") && member instanceof JsonObject fields
                                        ? fields(schema, parent, fields)
                                        : described(schema, parent, member)));
                yield JsonValue.of(members);
            }
            default -> value;
        };
    }

    /** Each with what it means, unless its own schema says so, or it is of another one. */
    private static JsonValue fields(String schema, String parent, JsonObject fields) {
        Map<String, JsonValue> described = new LinkedHashMap<>();
        fields.members().forEach((name, field) -> {
            JsonValue whole = described(schema, name, field);
            boolean says = !(whole instanceof JsonObject object)
                    || object.member("description").isPresent()
                    || object.member("$ref").isPresent();
            described.put(
                    name,
                    says
                            ? whole
                            : field(schema, parent, name)
                                    .<JsonValue>map(text -> ((JsonObject) whole).with("description", text))
                                    .orElse(whole));
        });
        return JsonValue.of(described);
    }

    /**
     * What a field means: at that place of that schema, or else in that schema, or in all that have one of that name.
     */
    private static Optional<String> field(String schema, String parent, String name) {
        return Stream.of(schema + " " + parent + "." + name, schema + " " + name, name)
                .flatMap(key -> FIELDS.text(key).stream())
                .findFirst();
    }

    private static JsonObject load(String resource) {
        try (InputStream in = Schemas.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("The resource " + resource + " is not on the class path");
            }
            return Json.parseObject(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
