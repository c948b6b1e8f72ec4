package dev.agentos.spi;

/**
 * Models of any provider, called through the host and its gates. A model is named {@code provider/model}, as in
 * {@code local/extractive}.
 */
public interface Models {

    /**
     * Calls a chat model.
     *
     * @param listener receives the text as it comes; when it throws, it hears no more, and this call throws the same
     *     when the model has answered
     * @throws AgentOsException {@code model:UNKNOWN_MODEL}, {@code plugin:PERMISSION_DENIED}, or what the provider
     *     reports
     */
    ChatResponse chat(ChatRequest request, ChatListener listener);

    /** Calls an embedding model; one embedding for each text, in order. Fails as {@link #chat} does. */
    EmbeddingResponse embed(EmbeddingRequest request);
}
