package dev.agentos.faultlab.harness;

import dev.agentos.spi.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What is read from the events of an execution. */
public final class Events {

    private Events() {}

    /** The number of an event. */
    public static long sequence(JsonObject event) {
        return event.number("sequence").orElseThrow().value().longValueExact();
    }

    /** When it happened. */
    public static Instant time(JsonObject event) {
        return Instant.parse(event.text("time").orElseThrow());
    }

    /** The type of an event. */
    public static String type(JsonObject event) {
        return event.text("type").orElseThrow();
    }

    /** The events of that type. */
    public static List<JsonObject> ofType(List<JsonObject> events, String type) {
        return events.stream().filter(event -> type(event).equals(type)).toList();
    }

    /** The events of that type about that node. */
    public static List<JsonObject> ofNode(List<JsonObject> events, String type, String node) {
        return ofType(events, type).stream()
                .filter(event -> event.text("node").equals(Optional.of(node)))
                .toList();
    }

    /** A member of an event's data. */
    public static Optional<String> data(JsonObject event, String name) {
        return event.object("data").flatMap(data -> data.member(name)).map(Object::toString);
    }
}
