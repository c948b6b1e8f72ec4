package dev.agentos.web;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Set;

/** The JSON schemas of the API's bodies: published in its description, and the authority on which fields there are. */
final class Schemas {

    private static final JsonObject ALL = load();

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

    private static JsonObject load() {
        try (InputStream in = Schemas.class.getResourceAsStream("schemas.json")) {
            if (in == null) {
                throw new IllegalStateException("The resource schemas.json is not on the class path");
            }
            return Json.parseObject(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
