package dev.agentos.smoketests;

import dev.agentos.spi.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Graphs of one node, for tests that are about what the node reaches. */
final class OneNode {

    private OneNode() {}

    /**
     * A graph of that name.
     *
     * @param channels its channels, each of which keeps the last value
     */
    static JsonObject graph(String name, String type, JsonObject config, String... channels) {
        Map<String, JsonObject> kept = new LinkedHashMap<>();
        for (String channel : channels) {
            kept.put(channel, JsonObject.of("type", "any", "reducer", "last"));
        }
        return JsonObject.of(
                "metadata",
                JsonObject.of("name", name),
                "channels",
                kept,
                "nodes",
                List.of(JsonObject.of("id", "only", "type", type, "config", config)),
                "edges",
                List.of(
                        JsonObject.of("source", "START", "target", "only"),
                        JsonObject.of("source", "only", "target", "END")));
    }
}
