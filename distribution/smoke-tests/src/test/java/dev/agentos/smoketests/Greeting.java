package dev.agentos.smoketests;

import dev.agentos.spi.JsonObject;
import java.util.List;

/** The smallest graph that reaches into a plugin: {@code hello.greet} on the channel {@code name}. */
final class Greeting {

    static final String NAME = "greet";

    private Greeting() {}

    static JsonObject graph() {
        return JsonObject.of(
                "metadata", JsonObject.of("name", "greet"),
                "channels",
                        JsonObject.of(
                                "name", JsonObject.of("type", "string", "reducer", "last"),
                                "greeting", JsonObject.of("type", "any", "reducer", "last")),
                "nodes",
                        List.of(JsonObject.of(
                                "id", "greet",
                                "type", "tool",
                                "config",
                                        JsonObject.of(
                                                "tool", "hello.greet",
                                                "arguments", JsonObject.of("name", "name"),
                                                "output", "greeting"))),
                "edges",
                        List.of(
                                JsonObject.of("source", "START", "target", "greet"),
                                JsonObject.of("source", "greet", "target", "END")));
    }
}
