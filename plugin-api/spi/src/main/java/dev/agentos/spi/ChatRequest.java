package dev.agentos.spi;

import java.util.List;

/**
 * A chat to be answered.
 *
 * @param model {@code provider/model} when asked of the host; only the part behind the slash when asked of a provider
 * @param messages the chat so far, oldest first
 * @param tools the tools that the model may call; may be empty
 * @param options how to answer
 */
public record ChatRequest(String model, List<Message> messages, List<ToolDescription> tools, ChatOptions options) {
    public ChatRequest {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
    }

    /** The same chat for another model. */
    public ChatRequest withModel(String other) {
        return new ChatRequest(other, messages, tools, options);
    }
}
