package dev.agentos.protocolopenai;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.ProtocolRequest;
import dev.agentos.spi.TenantExecutions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a chat completion is asked for.
 *
 * @param model the agent
 * @param messages as the messages of a graph's chat: role and content
 * @param streamed whether the answer is to come in chunks
 */
record ChatTask(String model, List<JsonObject> messages, boolean streamed) {

    /** What would change the answer's form, and no agent can do; settings of a model are the agent's, and left out. */
    private static final List<String> REFUSED =
            List.of("tools", "tool_choice", "functions", "function_call", "audio", "modalities", "logprobs");

    ChatTask {
        messages = List.copyOf(messages);
    }

    static ChatTask of(ProtocolRequest request) {
        JsonObject body = body(request);
        String model = body.text("model")
                .orElseThrow(() -> OpenAiError.invalid("model", "'model' is missing or no text; name an agent."));
        for (String name : REFUSED) {
            if (body.member(name).filter(value -> !(value instanceof JsonNull)).isPresent()) {
                throw OpenAiError.refused(
                        400, "unsupported_parameter", name, "'" + name + "' is not supported: an agent has its own.");
            }
        }
        if (body.member("n")
                .filter(n -> !n.toString().equals("1") && !(n instanceof JsonNull))
                .isPresent()) {
            throw OpenAiError.refused(400, "unsupported_parameter", "n", "There is one answer; leave 'n' out.");
        }
        if (!body.object("response_format")
                .flatMap(format -> format.text("type"))
                .orElse("text")
                .equals("text")) {
            throw OpenAiError.refused(
                    400,
                    "unsupported_parameter",
                    "response_format",
                    "The answer is text; leave 'response_format' out.");
        }
        List<JsonObject> messages = new ArrayList<>();
        for (JsonValue item : body.array("messages").orElse(JsonArray.EMPTY)) {
            messages.add(message(item, "messages[" + messages.size() + "]"));
        }
        if (messages.isEmpty()) {
            throw OpenAiError.invalid("messages", "'messages' is missing or empty; send the chat so far.");
        }
        return new ChatTask(model, messages, body.bool("stream").orElse(false));
    }

    private static JsonObject body(ProtocolRequest request) {
        try {
            if (request.json() instanceof JsonObject body) {
                return body;
            }
        } catch (IllegalArgumentException e) {
            throw OpenAiError.invalid("", "The body is no JSON: " + e.getMessage());
        }
        throw OpenAiError.invalid("", "The body is no JSON object.");
    }

    private static JsonObject message(JsonValue item, String at) {
        if (!(item instanceof JsonObject message)) {
            throw OpenAiError.invalid(at, "'" + at + "' is no object.");
        }
        String role = message.text("role").orElse("");
        return switch (role) {
            case "system", "user", "assistant" -> JsonObject.of("role", role, "content", content(message, at));
            case "developer" -> JsonObject.of("role", "system", "content", content(message, at));
            default ->
                throw OpenAiError.invalid(
                        at + ".role",
                        "The role of '" + at + "' is none of system, developer, user and assistant: '" + role + "'.");
        };
    }

    private static String content(JsonObject message, String at) {
        return switch (message.member("content").orElse(JsonNull.NULL)) {
            case JsonString(String text) -> text;
            case JsonArray parts -> {
                List<String> texts = new ArrayList<>();
                for (JsonValue part : parts) {
                    texts.add(Optional.of(part)
                            .filter(JsonObject.class::isInstance)
                            .map(JsonObject.class::cast)
                            .filter(object -> object.text("type").orElse("").equals("text"))
                            .flatMap(object -> object.text("text"))
                            .orElseThrow(() -> OpenAiError.invalid(
                                    at + ".content", "'" + at + ".content' has a part that is no text.")));
                }
                yield String.join("\n", texts);
            }
            default -> throw OpenAiError.invalid(at + ".content", "'" + at + ".content' is missing or no text.");
        };
    }

    /**
     * The input of an execution: the whole chat for an agent that has one; else the last thing that the user said, for
     * an agent that takes one text.
     */
    JsonObject input(TenantExecutions.Agent agent) {
        if (agent.chat().isPresent()) {
            return JsonObject.of(agent.chat().get(), messages);
        }
        String name = onlyText(agent.inputSchema())
                .orElseThrow(() -> OpenAiError.invalid(
                        "model",
                        "The agent '" + agent.id() + "' has no chat and takes not just one text; execute it with POST"
                                + " /api/v1/agents/" + agent.id() + "/executions."));
        String said = messages.reversed().stream()
                .filter(message -> message.text("role").orElse("").equals("user"))
                .findFirst()
                .flatMap(message -> message.text("content"))
                .orElseThrow(() -> OpenAiError.invalid("messages", "'messages' has no message of the role user."));
        return JsonObject.of(name, said);
    }

    /** The one required text of a schema, or its only text. */
    private static Optional<String> onlyText(JsonObject schema) {
        JsonObject properties = schema.object("properties").orElse(JsonObject.EMPTY);
        List<String> texts = properties.members().keySet().stream()
                .filter(name -> properties
                        .object(name)
                        .flatMap(property -> property.text("type"))
                        .orElse("")
                        .equals("string"))
                .toList();
        List<String> required = schema.array("required").orElse(JsonArray.EMPTY).items().stream()
                .filter(JsonString.class::isInstance)
                .map(name -> ((JsonString) name).value())
                .toList();
        if (required.size() == 1 && texts.contains(required.getFirst())) {
            return Optional.of(required.getFirst());
        }
        return required.isEmpty() && texts.size() == 1 ? Optional.of(texts.getFirst()) : Optional.empty();
    }

    /** What an agent answered: the last words of the assistant, or else its text, or else all that came out as JSON. */
    static String answer(TenantExecutions.Agent agent, JsonObject output) {
        if (agent.chat().isPresent()) {
            return output.array(agent.chat().get()).orElse(JsonArray.EMPTY).items().reversed().stream()
                    .filter(JsonObject.class::isInstance)
                    .map(JsonObject.class::cast)
                    .filter(message -> message.text("role").orElse("").equals("assistant"))
                    .findFirst()
                    .flatMap(message -> message.text("content"))
                    .orElse("");
        }
        JsonObject given = agent.inputSchema().object("properties").orElse(JsonObject.EMPTY);
        List<String> texts = output.members().keySet().stream()
                .filter(name ->
                        output.text(name).isPresent() && given.member(name).isEmpty())
                .toList();
        if (texts.size() == 1) {
            return output.text(texts.getFirst()).orElseThrow();
        }
        return output.text("answer").orElseGet(output::toString);
    }
}
