package dev.agentos.web;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Set;

/**
 * The JSON schemas of the API's bodies, and what its parameters mean: published in its description, and the authority
 * on which fields there are.
 */
final class Schemas {

    private static final JsonObject ALL = load("schemas.json");
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
