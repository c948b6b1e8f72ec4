package dev.agentos.spi;

import java.util.List;

/** Extension point: the chat models of one vendor or runtime. */
public interface ModelProvider extends ExtensionPoint {

    /** The first part of the models' names, unique on the server, as in {@code openai}. */
    String provider();

    /** The models known without asking outside; a provider may accept others by name. */
    List<ModelDescription> models();

    /** What is declared of each model that declares nothing of itself, listed or not; asked once, after the start. */
    default DeclaredFacts facts() {
        return DeclaredFacts.NONE;
    }

    /**
     * Answers a chat.
     *
     * @param listener receives the answer's text as it comes, in order; may be called not at all
     * @return the whole answer, the streamed text included
     * @throws AgentOsException with the provider's own code; its retriability decides about another attempt
     */
    ChatResponse chat(ChatRequest request, ChatListener listener, CallContext call);
}
