package dev.agentos.spi;

import java.util.Objects;

/**
 * A model's request to call a tool.
 *
 * @param id unique within the chat; the answer names it
 * @param tool the tool's name
 * @param arguments to be checked against the tool's input schema
 */
public record ToolCall(String id, String tool, JsonObject arguments) {
    public ToolCall {
        Objects.requireNonNull(id, "A call of a tool has no id");
        Objects.requireNonNull(tool, "A call of a tool does not name it");
        Objects.requireNonNull(arguments, "A call of a tool has no arguments: JsonObject.EMPTY where there are none");
    }
}
