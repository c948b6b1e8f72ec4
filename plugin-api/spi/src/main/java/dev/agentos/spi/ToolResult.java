package dev.agentos.spi;

/**
 * What a tool answers.
 *
 * @param output the answer, or, when the tool failed, what went wrong in words that a model can act on
 * @param failed whether the tool could not do what was asked
 */
public record ToolResult(JsonValue output, boolean failed) {

    /** A good answer. */
    public static ToolResult of(JsonValue output) {
        return new ToolResult(output, false);
    }

    /** The tool could not do what was asked, in words that a model can act on. */
    public static ToolResult failure(String message) {
        return new ToolResult(new JsonString(message), true);
    }
}
