package dev.agentos.agents;

import dev.agentos.execution.ExecutionEvent;
import dev.agentos.graph.Expressions;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeHandler;
import dev.agentos.invocation.CallScope;
import dev.agentos.invocation.Invocation;
import dev.agentos.invocation.Invocation.Routed;
import dev.agentos.invocation.PolicyGate.Clearance;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.limits.BudgetExceededException;
import dev.agentos.policy.Approval;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChatOptions;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.Content;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.Message;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.ToolDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The node type {@code llm}: asks a chat model and writes its answer. Its settings are {@code model} (else the
 * {@code model} of the configuration in force), {@code system} and {@code prompt} (templates), {@code messages} (a
 * channel with the chat so far, to which the answer is added), {@code passages} (a channel of what may be quoted),
 * {@code tools} (names), {@code output} (a channel for the text), {@code temperature} and {@code maxOutputTokens}.
 */
final class LlmNode implements NodeHandler {

    private static final NodeSettings SETTINGS = new NodeSettings(
            Map.of(
                    "model", NodeSettings.TEXT,
                    "system", NodeSettings.TEXT,
                    "prompt", NodeSettings.TEXT,
                    "messages", NodeSettings.TEXT,
                    "passages", NodeSettings.TEXT,
                    "tools", NodeSettings.LIST,
                    "output", NodeSettings.TEXT,
                    "temperature", NodeSettings.NUMBER,
                    "maxOutputTokens", NodeSettings.NUMBER),
            List.of());

    private final Invocation invocation;

    LlmNode(Invocation invocation) {
        this.invocation = invocation;
    }

    /** Asking a model again changes nothing but the bill. */
    @Override
    public Effect effect(NodeDefinition node) {
        return Effect.PURE;
    }

    /** A model's bill and a provider's log are outside. */
    @Override
    public boolean waits(NodeDefinition node) {
        return true;
    }

    @Override
    public Set<String> writes(NodeDefinition node) {
        return NodeSettings.texts(node.config(), "output", "messages");
    }

    @Override
    public boolean writesNothingElse() {
        return true;
    }

    @Override
    public List<Fault> check(NodeDefinition node, Expressions expressions) {
        JsonObject config = node.config();
        List<Fault> faults = new ArrayList<>(SETTINGS.check(config));
        faults.addAll(Offers.missing(invocation, config));
        if (config.member("prompt").isEmpty() && config.member("messages").isEmpty()) {
            faults.add(new Fault(
                    "/config/prompt",
                    KernelErrorCode.INVALID_FIELD.code(),
                    "An llm node needs 'prompt', or 'messages', or both."));
        }
        if (config.member("output").isEmpty() && config.member("messages").isEmpty()) {
            faults.add(new Fault(
                    "/config/output",
                    KernelErrorCode.INVALID_FIELD.code(),
                    "An llm node needs 'output' or 'messages' for its answer."));
        }
        for (String name : List.of("system", "prompt")) {
            config.text(name)
                    .flatMap(text -> Expressions.Template.of(text).check(expressions))
                    .ifPresent(fault ->
                            faults.add(new Fault("/config/" + name, KernelErrorCode.INVALID_FIELD.code(), fault)));
        }
        return faults;
    }

    @Override
    public Result.Writes reuse(NodeCall call, Result.Writes kept) {
        return Messages.reuse(call, kept);
    }

    @Override
    public Result run(NodeCall call) {
        JsonObject config = call.node().config();
        ChatRequest request = new ChatRequest(model(call), messages(call), tools(call), options(config));
        CallScope scope = Scopes.of(call);
        Routed routed = routed(call, scope, request);
        if (invocation.clear(scope, routed) instanceof Clearance.Awaited(Approval approval)) {
            return new Result.Interrupted(List.of(ApprovalQuestion.of(call, approval)));
        }
        return asked(call, scope, routed);
    }

    /** A budget that refuses the call may let people decide. */
    private Result asked(NodeCall call, CallScope scope, Routed routed) {
        ChatResponse response;
        try {
            response = invocation.chat(
                    scope, routed, text -> call.emit(ExecutionEvent.MESSAGE, JsonObject.of("text", text)));
        } catch (BudgetExceededException refused) {
            return switch (invocation.clear(scope, refused)) {
                case Clearance.Awaited(Approval approval) ->
                    new Result.Interrupted(List.of(ApprovalQuestion.of(call, approval)));
                case Clearance.Given given -> asked(call, scope, routed);
            };
        }
        ModelUsage.book(call, routed.request(), response);
        return written(call, response);
    }

    private static Result written(NodeCall call, ChatResponse response) {
        JsonObject config = call.node().config();
        JsonObject writes = JsonObject.EMPTY;
        Optional<String> output = config.text("output");
        if (output.isPresent()) {
            writes = writes.with(output.get(), response.message().text());
        }
        Optional<String> messages = config.text("messages");
        if (messages.isPresent()) {
            JsonObject written = Messages.write(Messages.id(call), response.message());
            writes = writes.with(messages.get(), new JsonArray(List.of(written)));
        }
        return new Result.Writes(writes);
    }

    /** What lost attempts took was taken by the model that is asked, also when the rules allow none any more. */
    private Routed routed(NodeCall call, CallScope scope, ChatRequest request) {
        Routed routed;
        try {
            routed = invocation.route(scope, request);
        } catch (AgentOsException e) {
            ModelUsage.bookLost(call, request);
            throw e;
        }
        ModelUsage.bookLost(call, routed.request());
        return routed;
    }

    private static String model(NodeCall call) {
        return call.node()
                .config()
                .text("model")
                .or(() -> call.configuration().text("model"))
                .orElseThrow(() -> new AgentOsException(
                        AgentErrorCode.MODEL_NOT_CHOSEN,
                        "Node '" + call.node().id() + "' names no model and the configuration has none.",
                        "Set 'model' in the execution's config or in the node's settings, as in local/extractive."));
    }

    private static List<Message> messages(NodeCall call) {
        JsonObject config = call.node().config();
        List<Message> messages = new ArrayList<>();
        config.text("system").ifPresent(text -> messages.add(new Message.System(fill(text, call))));
        config.text("messages")
                .flatMap(call.state()::array)
                .ifPresent(channel -> messages.addAll(Messages.read(channel)));
        config.text("prompt").ifPresent(text -> {
            List<Content> content = new ArrayList<>();
            config.text("passages")
                    .flatMap(call.state()::array)
                    .ifPresent(channel -> content.addAll(Messages.passages(channel)));
            content.add(new Content.Text(fill(text, call)));
            messages.add(new Message.User(content));
        });
        return messages;
    }

    private static String fill(String template, NodeCall call) {
        return Expressions.Template.of(template).fill(call.expressions(), call.state());
    }

    /** Those that the tenant may use; a model is not told of others. */
    private List<ToolDescription> tools(NodeCall call) {
        List<ToolDescription> tools = new ArrayList<>();
        for (JsonValue item : call.node().config().array("tools").orElse(JsonArray.EMPTY)) {
            if (item instanceof JsonString(String name)) {
                ToolDescription tool =
                        invocation.tool(name, Optional.of(call.execution().value()));
                if (invocation.offers(call.tenant().value(), name)) {
                    tools.add(tool);
                }
            }
        }
        return tools;
    }

    private static ChatOptions options(JsonObject config) {
        return new ChatOptions(
                config.number("temperature").map(JsonNumber::value).map(Number::doubleValue),
                config.number("maxOutputTokens").map(JsonNumber::value).map(Number::intValue));
    }
}
