package dev.agentos.spi;

/** Tools of any plugin, called through the host and its gates. */
public interface Tools {

    /**
     * Calls a tool after checking the arguments against its input schema.
     *
     * @param tool the tool's name, as in {@code documents.split}
     * @throws AgentOsException {@code tool:UNKNOWN_TOOL}, {@code tool:INVALID_ARGUMENTS}, or
     *     {@code plugin:PERMISSION_DENIED}; a tool that merely fails answers with {@link ToolResult#failed()}
     */
    ToolResult call(String tool, JsonObject arguments);
}
