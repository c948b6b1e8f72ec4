package dev.agentos.redaction;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.Content;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.Message;
import dev.agentos.spi.ToolCall;
import dev.agentos.spi.ToolResult;

/**
 * Replaces in what goes to models and what comes of models and tools: in every text of it, wherever it stands.
 *
 * @param redactor what is replaced
 */
public record ChatRedaction(Redactor redactor) {

    /** The chat, but for the tools, which are no user's words. */
    public ChatRequest request(ChatRequest request) {
        return new ChatRequest(
                request.model(),
                request.messages().stream().map(this::message).toList(),
                request.tools(),
                request.options());
    }

    /** The texts. */
    public EmbeddingRequest request(EmbeddingRequest request) {
        return new EmbeddingRequest(
                request.model(), request.texts().stream().map(redactor::text).toList());
    }

    /** The answer, and what it asks of tools. */
    public ChatResponse response(ChatResponse response) {
        return new ChatResponse(assistant(response.message()), response.usage(), response.finish());
    }

    /** What a tool gave. */
    public ToolResult result(ToolResult result) {
        return new ToolResult(redactor.json(result.output()), result.failed());
    }

    /** A failure that may repeat what was said; without its cause, which would repeat it too. */
    public AgentOsException failure(AgentOsException failure) {
        String message = redactor.text(String.valueOf(failure.getMessage()));
        String action = redactor.text(failure.action());
        boolean same = message.equals(failure.getMessage()) && action.equals(failure.action());
        return same ? failure : new AgentOsException(failure.errorCode(), message, action);
    }

    private Message message(Message message) {
        return switch (message) {
            case Message.System(String text) -> new Message.System(redactor.text(text));
            case Message.User user ->
                new Message.User(user.content().stream().map(this::content).toList());
            case Message.Assistant assistant -> assistant(assistant);
            case Message.ToolAnswer answer ->
                new Message.ToolAnswer(answer.toolCallId(), answer.tool(), result(answer.result()));
        };
    }

    private Content content(Content content) {
        return switch (content) {
            case Content.Text(String text) -> new Content.Text(redactor.text(text));
            case Content.Passage passage ->
                new Content.Passage(passage.id(), redactor.text(passage.source()), redactor.text(passage.text()));
        };
    }

    private Message.Assistant assistant(Message.Assistant assistant) {
        return new Message.Assistant(
                redactor.text(assistant.text()),
                assistant.toolCalls().stream()
                        .map(call -> new ToolCall(call.id(), call.tool(), redactor.object(call.arguments())))
                        .toList());
    }
}
