package dev.agentos.agents;

import dev.agentos.graph.Expressions;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeHandler;
import dev.agentos.invocation.Invocation;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Effect;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.Message;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.ToolCall;
import dev.agentos.spi.ToolResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The node type {@code tool}: calls tools. Either one tool, with {@code tool}, {@code arguments} (a CEL expression for
 * each) and {@code output} (a channel); or, with {@code messages} (a channel) and {@code tools} (the names allowed),
 * those that the model asked for in the last message, whose answers are added to that channel.
 */
final class ToolNode implements NodeHandler {

    private static final ErrorCode TOOL_FAILED = ErrorCode.of("tool", "FAILED", ErrorType.EXTERNAL, false);

    private static final NodeSettings SETTINGS = new NodeSettings(
            Map.of(
                    "tool", NodeSettings.TEXT,
                    "arguments", NodeSettings.OBJECT,
                    "output", NodeSettings.TEXT,
                    "messages", NodeSettings.TEXT,
                    "tools", NodeSettings.LIST),
            List.of());

    private final Invocation invocation;

    ToolNode(Invocation invocation) {
        this.invocation = invocation;
    }

    /** The strongest effect of the tools that the node may call. */
    @Override
    public Effect effect(NodeDefinition node) {
        return names(node.config()).stream()
                .map(name -> invocation.tool(name).effect())
                .max(Effect::compareTo)
                .orElse(Effect.PURE);
    }

    @Override
    public List<Fault> check(NodeDefinition node, Expressions expressions) {
        JsonObject config = node.config();
        List<Fault> faults = new ArrayList<>(SETTINGS.check(config));
        faults.addAll(Offers.missing(invocation, config));
        boolean single = config.member("tool").isPresent();
        boolean chat = config.member("messages").isPresent();
        if (single == chat) {
            faults.add(fault("/config/tool", "A tool node needs either 'tool' or 'messages' with 'tools'."));
        }
        if (single && config.member("output").isEmpty()) {
            faults.add(fault("/config/output", "'output' is missing: the channel for the tool's answer."));
        }
        if (chat && config.member("tools").isEmpty()) {
            faults.add(fault("/config/tools", "'tools' is missing: the names of the tools that may be called."));
        }
        config.object("arguments").orElse(JsonObject.EMPTY).members().forEach((name, value) -> {
            String pointer = "/config/arguments/" + name;
            if (value instanceof JsonString(String expression)) {
                expressions.check(expression).ifPresent(message -> faults.add(fault(pointer, message)));
            } else {
                faults.add(fault(pointer, "An argument is a CEL expression, written as a string."));
            }
        });
        return faults;
    }

    @Override
    public Result run(NodeCall call) {
        JsonObject config = call.node().config();
        Optional<String> tool = config.text("tool");
        return new Result.Writes(tool.isPresent() ? single(call, config, tool.get()) : asked(call, config));
    }

    private JsonObject single(NodeCall call, JsonObject config, String tool) {
        Map<String, JsonValue> arguments = new LinkedHashMap<>();
        config.object("arguments").orElse(JsonObject.EMPTY).members().forEach((name, value) -> {
            if (value instanceof JsonString(String expression)) {
                arguments.put(name, call.expressions().evaluate(expression, call.state()));
            }
        });
        ToolResult result = invocation.callTool(Scopes.of(call).forEffect(tool), tool, new JsonObject(arguments));
        if (result.failed()) {
            throw new AgentOsException(
                    TOOL_FAILED,
                    "Tool '" + tool + "' answered that it failed: " + result.output() + ".",
                    "Correct the arguments, or let a model decide with an llm node.");
        }
        return JsonObject.of(config.text("output").orElseThrow(), result.output());
    }

    private JsonObject asked(NodeCall call, JsonObject config) {
        String channel = config.text("messages").orElseThrow();
        List<String> allowed = names(config);
        JsonArray messages = call.state().array(channel).orElse(JsonArray.EMPTY);
        List<JsonValue> answers = new ArrayList<>();
        if (messages.size() > 0 && messages.items().getLast() instanceof JsonObject last) {
            for (ToolCall asked : Messages.toolCalls(last)) {
                answers.add(Messages.write(
                        "msg-" + call.task().id() + "-" + asked.id(),
                        new Message.ToolAnswer(asked.id(), asked.tool(), answer(call, allowed, asked))));
            }
        }
        return JsonObject.of(channel, new JsonArray(answers));
    }

    /** What the model did wrong goes back to the model, which can mend it. */
    private ToolResult answer(NodeCall call, List<String> allowed, ToolCall asked) {
        if (!allowed.contains(asked.tool())) {
            return ToolResult.failure("There is no tool '" + asked.tool() + "'. There are: " + allowed);
        }
        try {
            return invocation.callTool(Scopes.of(call).forEffect(asked.id()), asked.tool(), asked.arguments());
        } catch (AgentOsException e) {
            if (e.errorCode().type() == ErrorType.USER) {
                return ToolResult.failure(e.getMessage() + " " + e.action());
            }
            throw e;
        }
    }

    private static List<String> names(JsonObject config) {
        List<String> names = new ArrayList<>();
        config.text("tool").ifPresent(names::add);
        for (JsonValue item : config.array("tools").orElse(JsonArray.EMPTY)) {
            if (item instanceof JsonString(String name)) {
                names.add(name);
            }
        }
        return names;
    }

    private static Fault fault(String pointer, String message) {
        return new Fault(pointer, KernelErrorCode.INVALID_FIELD.code(), message);
    }
}
