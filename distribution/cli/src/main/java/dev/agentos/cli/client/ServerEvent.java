package dev.agentos.cli.client;

import dev.agentos.spi.JsonObject;

/**
 * One server-sent event.
 *
 * @param id its place in the stream, for {@code Last-Event-ID}
 * @param type the event's name
 * @param data the decoded body
 */
public record ServerEvent(String id, String type, JsonObject data) {

    /** Returns what the event itself carries, inside the envelope of an execution's event. */
    public JsonObject payload() {
        return data.object("data").orElse(JsonObject.EMPTY);
    }

    /** Returns the node that an execution's event is about, or nothing. */
    public String node() {
        return data.text("node").orElse("");
    }

    public boolean is(String other) {
        return type.equals(other);
    }
}
