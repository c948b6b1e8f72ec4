package dev.agentos.agents;

import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeHandler;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Content;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.Message;
import dev.agentos.spi.ToolCall;
import dev.agentos.spi.ToolResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Messages as they stand in a channel: {@code {role: system|user|assistant|tool, content, …}}, with {@code toolCalls:
 * [{id, tool, arguments}]} from the assistant and {@code toolCallId, tool, failed} in a tool's answer.
 */
final class Messages {

    private Messages() {}

    /**
     * The id of what a task says: the same when the task is run again, and another one in each execution, for those of
     * one session, forks and retries count their checkpoints alike and write into the same chat.
     */
    static String id(NodeCall call) {
        return "msg-" + call.execution().value() + "-" + call.task().id();
    }

    /** The id of the answer of a tool that was called for. */
    static String id(NodeCall call, String toolCall) {
        return id(call) + "-" + toolCall;
    }

    /** What another task said, as this one says it: with ids of its own, lest it take the other's place in a chat. */
    static NodeHandler.Result.Writes reuse(NodeCall call, NodeHandler.Result.Writes kept) {
        Optional<String> channel = call.node().config().text("messages");
        Optional<JsonArray> said = channel.flatMap(name -> kept.values().array(name));
        if (said.isEmpty()) {
            return kept;
        }
        List<JsonValue> anew = new ArrayList<>();
        for (JsonValue item : said.get()) {
            anew.add(
                    item instanceof JsonObject message
                            ? message.with(
                                    "id",
                                    message.text("toolCallId")
                                            .map(tool -> id(call, tool))
                                            .orElseGet(() -> id(call)))
                            : item);
        }
        return new NodeHandler.Result.Writes(
                kept.values().with(channel.orElseThrow(), new JsonArray(anew)), kept.onward());
    }

    static List<Message> read(JsonArray channel) {
        List<Message> messages = new ArrayList<>();
        for (JsonValue item : channel) {
            if (!(item instanceof JsonObject message)) {
                throw invalid("A message is an object, not " + item + ".");
            }
            messages.add(read(message));
        }
        return messages;
    }

    private static Message read(JsonObject message) {
        String role = message.text("role").orElse("");
        return switch (role) {
            case "system" -> new Message.System(message.text("content").orElse(""));
            case "user" -> Message.User.of(message.text("content").orElse(""));
            case "assistant" -> new Message.Assistant(message.text("content").orElse(""), toolCalls(message));
            case "tool" ->
                new Message.ToolAnswer(
                        message.text("toolCallId").orElse(""),
                        message.text("tool").orElse(""),
                        new ToolResult(
                                message.member("content").orElse(JsonNull.NULL),
                                message.bool("failed").orElse(false)));
            default -> throw invalid("A message's role is system, user, assistant or tool, not '" + role + "'.");
        };
    }

    /** The tool calls of an assistant's message. */
    static List<ToolCall> toolCalls(JsonObject message) {
        List<ToolCall> calls = new ArrayList<>();
        for (JsonValue item : message.array("toolCalls").orElse(JsonArray.EMPTY)) {
            if (item instanceof JsonObject call) {
                calls.add(new ToolCall(
                        call.text("id").orElse(""),
                        call.text("tool").orElse(""),
                        call.object("arguments").orElse(JsonObject.EMPTY)));
            }
        }
        return calls;
    }

    static JsonObject write(String id, Message.Assistant message) {
        JsonObject json = JsonObject.of("id", id, "role", "assistant", "content", message.text());
        if (message.toolCalls().isEmpty()) {
            return json;
        }
        return json.with(
                "toolCalls",
                message.toolCalls().stream()
                        .map(call -> JsonObject.of("id", call.id(), "tool", call.tool(), "arguments", call.arguments()))
                        .toList());
    }

    static JsonObject write(String id, Message.ToolAnswer answer) {
        return JsonObject.of(
                "id", id,
                "role", "tool",
                "toolCallId", answer.toolCallId(),
                "tool", answer.tool(),
                "content", answer.result().output(),
                "failed", answer.result().failed());
    }

    /** The passages in a channel: objects with id, source and text. */
    static List<Content> passages(JsonArray channel) {
        List<Content> passages = new ArrayList<>();
        for (JsonValue item : channel) {
            if (item instanceof JsonObject passage) {
                passages.add(new Content.Passage(
                        passage.text("id").orElseThrow(() -> invalid("A passage has no id: " + passage + ".")),
                        passage.text("source").orElse(""),
                        passage.text("text").orElse("")));
            }
        }
        return passages;
    }

    private static AgentOsException invalid(String message) {
        return new AgentOsException(AgentErrorCode.INVALID_MESSAGE, message, "Correct what writes to that channel.");
    }
}
