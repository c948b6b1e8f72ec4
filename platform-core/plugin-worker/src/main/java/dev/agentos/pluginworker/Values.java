package dev.agentos.pluginworker;

import dev.agentos.spi.ChatOptions;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.Content;
import dev.agentos.spi.DeclaredFacts;
import dev.agentos.spi.Effect;
import dev.agentos.spi.Embedding;
import dev.agentos.spi.EmbeddingModelDescription;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.EmbeddingResponse;
import dev.agentos.spi.FinishReason;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.Message.Assistant;
import dev.agentos.spi.Message.ToolAnswer;
import dev.agentos.spi.ModelDescription;
import dev.agentos.spi.NodeInput;
import dev.agentos.spi.NodeOutput;
import dev.agentos.spi.ToolCall;
import dev.agentos.spi.ToolDescription;
import dev.agentos.spi.ToolResult;
import dev.agentos.spi.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The values of the plugin interface as JSON, and back. What is read is checked by the values' own constructors. */
final class Values {

    private Values() {}

    static JsonObject write(ToolDescription tool) {
        return JsonObject.of(
                "name", tool.name(),
                "description", tool.description(),
                "inputSchema", tool.inputSchema(),
                "effect", tool.effect().name());
    }

    static ToolDescription tool(JsonObject json) {
        return new ToolDescription(
                text(json, "name"), text(json, "description"), object(json, "inputSchema"), effect(json));
    }

    static Effect effect(JsonObject json) {
        return Effect.valueOf(text(json, "effect"));
    }

    static JsonObject write(ToolResult result) {
        return JsonObject.of("output", result.output(), "failed", result.failed());
    }

    static ToolResult toolResult(JsonObject json) {
        return new ToolResult(value(json, "output"), json.bool("failed").orElse(false));
    }

    static JsonObject write(ModelDescription model) {
        return JsonObject.of(
                "id", model.id(),
                "description", model.description(),
                "contextTokens", model.contextTokens(),
                "tools", model.tools(),
                "facts", write(model.facts()));
    }

    static ModelDescription model(JsonObject json) {
        return new ModelDescription(
                text(json, "id"),
                text(json, "description"),
                (int) number(json, "contextTokens"),
                json.bool("tools").orElse(false),
                facts(object(json, "facts")));
    }

    static JsonObject write(DeclaredFacts facts) {
        return JsonObject.of(
                "region", facts.region(),
                "country", facts.country(),
                "retention", facts.retention());
    }

    static DeclaredFacts facts(JsonObject json) {
        return new DeclaredFacts(text(json, "region"), text(json, "country"), text(json, "retention"));
    }

    static JsonObject write(EmbeddingModelDescription model) {
        return JsonObject.of(
                "id", model.id(),
                "description", model.description(),
                "dimensions", model.dimensions());
    }

    static EmbeddingModelDescription embeddingModel(JsonObject json) {
        return new EmbeddingModelDescription(
                text(json, "id"), text(json, "description"), (int) number(json, "dimensions"));
    }

    static JsonObject write(ChatRequest request) {
        ChatOptions options = request.options();
        return JsonObject.of(
                "model", request.model(),
                "messages", request.messages().stream().map(Values::write).toList(),
                "tools", request.tools().stream().map(Values::write).toList(),
                "temperature", options.temperature().orElse(null),
                "maxOutputTokens", options.maxOutputTokens().orElse(null));
    }

    static ChatRequest chatRequest(JsonObject json) {
        return new ChatRequest(
                text(json, "model"),
                all(json, "messages", Values::message),
                all(json, "tools", Values::tool),
                new ChatOptions(
                        json.number("temperature").map(number -> number.value().doubleValue()),
                        json.number("maxOutputTokens")
                                .map(number -> number.value().intValueExact())));
    }

    static JsonObject write(ChatResponse response) {
        return JsonObject.of(
                "message", write(response.message()),
                "usage", write(response.usage()),
                "finish", response.finish().name());
    }

    static ChatResponse chatResponse(JsonObject json) {
        return new ChatResponse(
                assistant(object(json, "message")),
                usage(object(json, "usage")),
                FinishReason.valueOf(text(json, "finish")));
    }

    private static JsonObject write(dev.agentos.spi.Message message) {
        return switch (message) {
            case dev.agentos.spi.Message.System system -> JsonObject.of("role", "system", "text", system.text());
            case dev.agentos.spi.Message.User user ->
                JsonObject.of(
                        "role",
                        "user",
                        "content",
                        user.content().stream().map(Values::write).toList());
            case Assistant assistant ->
                JsonObject.of(
                        "role",
                        "assistant",
                        "text",
                        assistant.text(),
                        "toolCalls",
                        assistant.toolCalls().stream().map(Values::write).toList());
            case ToolAnswer answer ->
                JsonObject.of(
                        "role", "tool",
                        "id", answer.toolCallId(),
                        "tool", answer.tool(),
                        "result", write(answer.result()));
        };
    }

    private static dev.agentos.spi.Message message(JsonObject json) {
        return switch (text(json, "role")) {
            case "system" -> new dev.agentos.spi.Message.System(text(json, "text"));
            case "user" -> new dev.agentos.spi.Message.User(all(json, "content", Values::content));
            case "assistant" -> assistant(json);
            case "tool" -> new ToolAnswer(text(json, "id"), text(json, "tool"), toolResult(object(json, "result")));
            default -> throw wrong("role");
        };
    }

    private static Assistant assistant(JsonObject json) {
        return new Assistant(text(json, "text"), all(json, "toolCalls", Values::toolCall));
    }

    private static JsonObject write(Content content) {
        return switch (content) {
            case Content.Text(String text) -> JsonObject.of("text", text);
            case Content.Passage(String id, String source, String text) ->
                JsonObject.of("id", id, "source", source, "text", text);
        };
    }

    private static Content content(JsonObject json) {
        return json.text("id").isPresent()
                ? new Content.Passage(text(json, "id"), text(json, "source"), text(json, "text"))
                : new Content.Text(text(json, "text"));
    }

    private static JsonObject write(ToolCall call) {
        return JsonObject.of("id", call.id(), "tool", call.tool(), "arguments", call.arguments());
    }

    private static ToolCall toolCall(JsonObject json) {
        return new ToolCall(text(json, "id"), text(json, "tool"), object(json, "arguments"));
    }

    private static JsonObject write(Usage usage) {
        return JsonObject.of("input", usage.inputTokens(), "output", usage.outputTokens());
    }

    private static Usage usage(JsonObject json) {
        return new Usage(number(json, "input"), number(json, "output"));
    }

    static JsonObject write(EmbeddingRequest request) {
        return JsonObject.of("model", request.model(), "texts", request.texts());
    }

    static EmbeddingRequest embeddingRequest(JsonObject json) {
        return new EmbeddingRequest(text(json, "model"), texts(json, "texts"));
    }

    static JsonObject write(EmbeddingResponse response) {
        return JsonObject.of(
                "embeddings",
                response.embeddings().stream().map(Embedding::encoded).toList(),
                "usage",
                write(response.usage()));
    }

    static EmbeddingResponse embeddingResponse(JsonObject json) {
        return new EmbeddingResponse(
                texts(json, "embeddings").stream().map(Embedding::decode).toList(), usage(object(json, "usage")));
    }

    static JsonObject write(NodeInput input) {
        return JsonObject.of(
                "node", input.node(),
                "settings", input.settings(),
                "state", input.state(),
                "answers", input.answers());
    }

    static NodeInput nodeInput(JsonObject json) {
        return new NodeInput(
                text(json, "node"), object(json, "settings"), object(json, "state"), object(json, "answers"));
    }

    static JsonObject write(NodeOutput output) {
        return JsonObject.of(
                "writes",
                output.writes(),
                "next",
                output.next(),
                "questions",
                output.questions().stream()
                        .map(question -> JsonObject.of(
                                "id", question.id(),
                                "prompt", question.prompt(),
                                "schema", question.schema().orElse(null)))
                        .toList());
    }

    static NodeOutput nodeOutput(JsonObject json) {
        return new NodeOutput(
                object(json, "writes"),
                texts(json, "next"),
                all(
                        json,
                        "questions",
                        question -> new NodeOutput.Question(
                                text(question, "id"), text(question, "prompt"), question.object("schema"))));
    }

    static <T> List<T> all(JsonObject json, String name, Function<JsonObject, T> read) {
        List<T> found = new ArrayList<>();
        for (JsonValue item : json.array(name).orElse(JsonArray.EMPTY)) {
            if (!(item instanceof JsonObject object)) {
                throw wrong(name);
            }
            found.add(read.apply(object));
        }
        return found;
    }

    static List<String> texts(JsonObject json, String name) {
        List<String> found = new ArrayList<>();
        for (JsonValue item : json.array(name).orElse(JsonArray.EMPTY)) {
            if (!(item instanceof JsonString(String text))) {
                throw wrong(name);
            }
            found.add(text);
        }
        return found;
    }

    static String text(JsonObject json, String name) {
        return json.text(name).orElseThrow(() -> wrong(name));
    }

    static JsonObject object(JsonObject json, String name) {
        return json.object(name).orElseThrow(() -> wrong(name));
    }

    static JsonValue value(JsonObject json, String name) {
        return json.member(name).orElse(JsonNull.NULL);
    }

    static long number(JsonObject json, String name) {
        return json.number(name).orElseThrow(() -> wrong(name)).value().longValueExact();
    }

    static Optional<String> optional(JsonObject json, String name) {
        return json.text(name);
    }

    private static IllegalArgumentException wrong(String name) {
        return new IllegalArgumentException("A message between processes has no right '" + name + "'");
    }
}
