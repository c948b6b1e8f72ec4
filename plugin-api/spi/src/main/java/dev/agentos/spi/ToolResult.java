package dev.agentos.spi;

import java.util.Objects;

/**
 * What a tool answers.
 *
 * @param output the answer, or, when the tool failed, what went wrong in words that a model can act on
 * @param failed whether the tool could not do what was asked
 */
public record ToolResult(JsonValue output, boolean failed) {
    public ToolResult {
        Objects.requireNonNull(output, "A tool answers nothing: JsonNull.NULL where there is nothing to say");
    }

    /** A good answer. */
    public static ToolResult of(JsonValue output) {
        return new ToolResult(output, false);
    }

    /** The tool could not do what was asked, in words that a model can act on. */
    public static ToolResult failure(String message) {
        return new ToolResult(new JsonString(message), true);
    }
}
