package dev.agentos.langchain4jsupport;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.Content;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.FinishReason;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.Message;
import dev.agentos.spi.ToolCall;
import dev.agentos.spi.ToolDescription;
import dev.agentos.spi.Usage;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.TokenUsage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Messages, tools and answers from one form to the other. Tool names lose their dots on the way out, which many
 * providers refuse, and get them back on the way in.
 */
final class Conversion {

    private static final String CITE =
            "Behind each statement that rests on a passage, cite it by its id in square" + " brackets, as in [%s].";

    private final String provider;
    private final Map<String, String> toolNames = new LinkedHashMap<>();

    Conversion(String provider, List<ToolDescription> tools) {
        this.provider = provider;
        tools.forEach(tool -> toolNames.put(outside(tool.name()), tool.name()));
    }

    dev.langchain4j.model.chat.request.ChatRequest request(ChatRequest request) {
        var builder = dev.langchain4j.model.chat.request.ChatRequest.builder()
                .modelName(request.model())
                .messages(request.messages().stream().map(this::message).toList())
                .toolSpecifications(
                        request.tools().stream().map(Conversion::specification).toList());
        request.options().temperature().ifPresent(builder::temperature);
        request.options().maxOutputTokens().ifPresent(builder::maxOutputTokens);
        return builder.build();
    }

    dev.agentos.spi.ChatResponse response(ChatResponse response) {
        AiMessage message = response.aiMessage();
        List<ToolCall> calls =
                message.toolExecutionRequests().stream().map(this::toolCall).toList();
        String text = Optional.ofNullable(message.text()).orElse("");
        return new dev.agentos.spi.ChatResponse(
                new Message.Assistant(text, calls), usage(response.tokenUsage()), finish(response, !calls.isEmpty()));
    }

    static Usage usage(@Nullable TokenUsage usage) {
        if (usage == null) {
            return Usage.NONE;
        }
        long input = Optional.ofNullable(usage.inputTokenCount()).orElse(0);
        long output = Optional.ofNullable(usage.outputTokenCount()).orElse(0);
        return new Usage(input, output);
    }

    private ChatMessage message(Message message) {
        return switch (message) {
            case Message.System system -> SystemMessage.from(system.text());
            case Message.User user -> UserMessage.from(text(user));
            case Message.Assistant assistant -> assistant(assistant);
            case Message.ToolAnswer answer ->
                ToolExecutionResultMessage.builder()
                        .id(answer.toolCallId())
                        .toolName(outside(answer.tool()))
                        .text(text(answer.result().output()))
                        .isError(answer.result().failed())
                        .build();
        };
    }

    private static AiMessage assistant(Message.Assistant assistant) {
        List<ToolExecutionRequest> calls = assistant.toolCalls().stream()
                .map(call -> ToolExecutionRequest.builder()
                        .id(call.id())
                        .name(outside(call.tool()))
                        .arguments(call.arguments().toString())
                        .build())
                .toList();
        return calls.isEmpty() ? AiMessage.from(assistant.text()) : AiMessage.from(assistant.text(), calls);
    }

    private static String text(Message.User user) {
        List<String> parts = new ArrayList<>();
        Optional<String> cited = Optional.empty();
        for (Content content : user.content()) {
            switch (content) {
                case Content.Text text -> parts.add(text.text());
                case Content.Passage passage -> {
                    parts.add("[" + passage.id() + "] " + passage.source() + ":\n" + passage.text());
                    cited = cited.or(() -> Optional.of(passage.id()));
                }
            }
        }
        cited.ifPresent(id -> parts.add(CITE.formatted(id)));
        return String.join("\n\n", parts);
    }

    private static String text(JsonValue output) {
        return output instanceof JsonString(String text) ? text : output.toString();
    }

    private static ToolSpecification specification(ToolDescription tool) {
        JsonObject schema = tool.inputSchema();
        Map<String, JsonSchemaElement> properties = new LinkedHashMap<>();
        schema.object("properties")
                .orElse(JsonObject.EMPTY)
                .members()
                .forEach((name, property) -> properties.put(name, JsonRawSchema.from(property.toString())));
        List<String> required = new ArrayList<>();
        for (JsonValue name : schema.array("required").orElse(JsonArray.EMPTY)) {
            required.add(text(name));
        }
        JsonObjectSchema.Builder parameters =
                JsonObjectSchema.builder().addProperties(properties).required(required);
        schema.bool("additionalProperties").ifPresent(parameters::additionalProperties);
        return ToolSpecification.builder()
                .name(outside(tool.name()))
                .description(tool.description())
                .parameters(parameters.build())
                .build();
    }

    private ToolCall toolCall(ToolExecutionRequest request) {
        String arguments = Optional.ofNullable(request.arguments()).orElse("");
        JsonObject object = JsonConversion.object(arguments)
                .orElseThrow(() -> new AgentOsException(
                        ErrorCode.of(provider, "INVALID_TOOL_CALL", ErrorType.EXTERNAL, true),
                        "The model called the tool " + request.name() + " with arguments that are not a JSON object.",
                        "Try again; if it happens often, use a model that is better at calling tools."));
        String id = Optional.ofNullable(request.id()).orElse("call_" + request.name());
        return new ToolCall(id, toolNames.getOrDefault(request.name(), request.name()), object);
    }

    private static FinishReason finish(ChatResponse response, boolean calls) {
        return switch (response.finishReason()) {
            case LENGTH -> FinishReason.LENGTH;
            case CONTENT_FILTER -> FinishReason.CONTENT_FILTER;
            case TOOL_EXECUTION -> FinishReason.TOOL_CALLS;
            case STOP, OTHER -> calls ? FinishReason.TOOL_CALLS : FinishReason.STOP;
        };
    }

    private static String outside(String tool) {
        return tool.replace('.', '_');
    }
}
