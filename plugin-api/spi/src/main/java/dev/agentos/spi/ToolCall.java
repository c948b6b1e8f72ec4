package dev.agentos.spi;

/**
 * A model's request to call a tool.
 *
 * @param id unique within the chat; the answer names it
 * @param tool the tool's name
 * @param arguments to be checked against the tool's input schema
 */
public record ToolCall(String id, String tool, JsonObject arguments) {}
