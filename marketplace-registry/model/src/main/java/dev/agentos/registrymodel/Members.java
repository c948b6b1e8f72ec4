package dev.agentos.registrymodel;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.verifier.PluginManifest;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** Reads members that must be there; each failure names the member. */
final class Members {

    private Members() {}

    static String text(JsonObject json, String name) {
        return json.text(name).orElseThrow(() -> wrong(name, "text"));
    }

    static String id(JsonObject json, String name) {
        return PluginManifest.checkedId(text(json, name));
    }

    static Instant instant(JsonObject json, String name) {
        try {
            return Instant.parse(text(json, name));
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("Member '" + name + "' is not a time", e);
        }
    }

    static long count(JsonObject json, String name) {
        try {
            long count = json.number(name)
                    .orElseThrow(() -> wrong(name, "a number"))
                    .value()
                    .longValueExact();
            if (count < 0) {
                throw wrong(name, "a number from 0");
            }
            return count;
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("Member '" + name + "' is not a whole number", e);
        }
    }

    static List<String> texts(JsonObject json, String name) {
        return array(json, name).items().stream()
                .map(item -> item instanceof JsonString(String value) ? value : "")
                .filter(value -> !value.isEmpty())
                .toList();
    }

    static Stream<JsonObject> objects(JsonObject json, String name) {
        return array(json, name).items().stream().map(item -> {
            if (item instanceof JsonObject object) {
                return object;
            }
            throw wrong(name, "a list of objects");
        });
    }

    private static JsonArray array(JsonObject json, String name) {
        return json.array(name).orElseThrow(() -> wrong(name, "a list"));
    }

    private static IllegalArgumentException wrong(String name, String expected) {
        return new IllegalArgumentException("Member '" + name + "' is missing or is not " + expected);
    }
}
