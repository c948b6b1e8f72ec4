package dev.agentos.agents;

import dev.agentos.execution.ExecutionEvent;
import dev.agentos.graph.NodeCall;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.Content;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Message;
import dev.agentos.spi.ToolDescription;
import dev.agentos.spi.Usage;

/** Tells what calls of models took, with the event {@code usage}. */
final class ModelUsage {

    /** What a token comes to on average; where nobody counted, this is all that is known. */
    private static final long CHARACTERS_A_TOKEN = 4;

    private ModelUsage() {}

    /** What the provider has counted. */
    static void book(NodeCall call, ChatRequest request, ChatResponse response) {
        JsonObject data = data(request, response.usage(), response.finish().name());
        emit(call, data);
    }

    /** What attempts took whose servers were lost before the provider could tell. */
    static void bookLost(NodeCall call, ChatRequest request) {
        for (NodeCall.Lost lost : call.lost()) {
            Usage estimate = new Usage(tokens(characters(request)), tokens(lost.characters()));
            emit(
                    call,
                    data(request, estimate, "LOST")
                            .with("estimated", true)
                            .with(NodeCall.Lost.TASK, call.task().id())
                            .with(NodeCall.Lost.CLAIM, lost.claim()));
        }
    }

    private static JsonObject data(ChatRequest request, Usage usage, String finish) {
        return JsonObject.of(
                "model", request.model(),
                "inputTokens", usage.inputTokens(),
                "outputTokens", usage.outputTokens(),
                "finish", finish);
    }

    private static void emit(NodeCall call, JsonObject data) {
        call.emit(ExecutionEvent.CUSTOM, JsonObject.of("name", "usage", "data", data));
    }

    private static long tokens(long characters) {
        return Math.ceilDiv(characters, CHARACTERS_A_TOKEN);
    }

    private static long characters(ChatRequest request) {
        long characters = 0;
        for (Message message : request.messages()) {
            characters += switch (message) {
                case Message.System system -> system.text().length();
                case Message.User user ->
                    user.content().stream().mapToLong(ModelUsage::characters).sum();
                case Message.Assistant assistant ->
                    assistant.text().length()
                            + assistant.toolCalls().stream()
                                    .mapToLong(one -> one.tool().length()
                                            + one.arguments().toString().length())
                                    .sum();
                case Message.ToolAnswer answer ->
                    answer.result().output().toString().length();
            };
        }
        for (ToolDescription tool : request.tools()) {
            characters += tool.name().length()
                    + tool.description().length()
                    + tool.inputSchema().toString().length();
        }
        return characters;
    }

    private static long characters(Content content) {
        return switch (content) {
            case Content.Text text -> text.text().length();
            case Content.Passage passage ->
                passage.source().length() + passage.text().length();
        };
    }
}
