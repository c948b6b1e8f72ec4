package dev.agentos.spi;

/** Extension point: a typed function that models and graphs may call. */
public interface Tool extends ExtensionPoint {

    /** What the tool is; constant while the plugin is started. */
    ToolDescription description();

    /**
     * Runs the tool.
     *
     * @param arguments already checked against the input schema
     * @return the answer; {@link ToolResult#failure} when the model should hear about it and go on
     * @throws AgentOsException when the node that called should fail
     */
    ToolResult call(JsonObject arguments, CallContext call);
}
