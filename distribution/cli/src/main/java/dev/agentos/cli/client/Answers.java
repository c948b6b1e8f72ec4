package dev.agentos.cli.client;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.List;

/** Reads what a server answered. */
public final class Answers {
    private Answers() {}

    /** The objects of a list. */
    public static List<JsonObject> objects(JsonArray array) {
        var objects = new ArrayList<JsonObject>();
        for (var item : array) {
            if (item instanceof JsonObject object) {
                objects.add(object);
            }
        }
        return objects;
    }

    /** A whole number, 0 where there is none. */
    public static long number(JsonObject object, String name) {
        return object.number(name)
                .map(JsonValue::toJava)
                .map(Number.class::cast)
                .map(Number::longValue)
                .orElse(0L);
    }
}
