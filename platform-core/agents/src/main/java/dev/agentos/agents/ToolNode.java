package dev.agentos.agents;

import dev.agentos.graph.Expressions;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeHandler;
import dev.agentos.invocation.CallScope;
import dev.agentos.invocation.Invocation;
import dev.agentos.invocation.PolicyGate.Clearance;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.policy.Approval;
import dev.agentos.policy.PolicyErrorCode;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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
                .map(name -> invocation.tool(name, Optional.empty()).effect())
                .max(Effect::compareTo)
                .orElse(Effect.PURE);
    }

    /** A tool that only reads can be seen to read. */
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
            String pointer = "/config/arguments/" + Fault.escape(name);
            if (value instanceof JsonString(String expression)) {
                expressions.check(expression).ifPresent(message -> faults.add(fault(pointer, message)));
            } else {
                faults.add(fault(pointer, "An argument is a CEL expression, written as a string."));
            }
        });
        return faults;
    }

    @Override
    public Result.Writes reuse(NodeCall call, Result.Writes kept) {
        return Messages.reuse(call, kept);
    }

    @Override
    public Result run(NodeCall call) {
        JsonObject config = call.node().config();
        Optional<String> tool = config.text("tool");
        return tool.isPresent() ? single(call, config, tool.get()) : asked(call, config);
    }

    private Result single(NodeCall call, JsonObject config, String tool) {
        JsonObject arguments = call.evaluate(config.object("arguments").orElse(JsonObject.EMPTY));
        CallScope scope = Scopes.of(call).forEffect(tool);
        return switch (invocation.clear(scope, tool, arguments)) {
            case Clearance.Awaited(Approval approval) ->
                new Result.Interrupted(List.of(ApprovalQuestion.of(call, approval)));
            case Clearance.Given(JsonObject cleared) -> {
                ToolResult result = invocation.callTool(scope, tool, cleared);
                if (result.failed()) {
                    throw new AgentOsException(
                            TOOL_FAILED,
                            "Tool '" + tool + "' answered that it failed: " + result.output() + ".",
                            "Correct the arguments, or let a model decide with an llm node.");
                }
                yield new Result.Writes(JsonObject.of(config.text("output").orElseThrow(), result.output()));
            }
        };
    }

    /** No tool is called before people have agreed to all that they are asked about, since the node runs again then. */
    private Result asked(NodeCall call, JsonObject config) {
        String channel = config.text("messages").orElseThrow();
        List<String> allowed = names(config);
        JsonArray messages = call.state().array(channel).orElse(JsonArray.EMPTY);
        List<ToolCall> calls = messages.size() > 0 && messages.items().getLast() instanceof JsonObject last
                ? Messages.toolCalls(last)
                : List.of();
        List<Cleared> cleared =
                calls.stream().map(asked -> cleared(call, allowed, asked)).toList();
        List<Interrupt> questions = new ArrayList<>();
        cleared.forEach(
                one -> one.approval().ifPresent(approval -> questions.add(ApprovalQuestion.of(call, approval))));
        if (!questions.isEmpty()) {
            return new Result.Interrupted(questions);
        }
        List<JsonValue> answers = new ArrayList<>();
        for (Cleared one : cleared) {
            ToolCall asked = one.asked();
            ToolResult result = one.answer().orElseGet(() -> answer(call, asked, one.arguments()));
            answers.add(Messages.write(
                    Messages.id(call, asked.id()), new Message.ToolAnswer(asked.id(), asked.tool(), result)));
        }
        return new Result.Writes(JsonObject.of(channel, new JsonArray(answers)));
    }

    /**
     * A call that a model asked for, as the rules have it.
     *
     * @param arguments with which it may be made
     * @param approval that it waits for
     * @param answer that stands already, without a call
     */
    private record Cleared(
            ToolCall asked, JsonObject arguments, Optional<Approval> approval, Optional<ToolResult> answer) {}

    private Cleared cleared(NodeCall call, List<String> allowed, ToolCall asked) {
        if (!allowed.contains(asked.tool())) {
            return refused(asked, "There is no tool '" + asked.tool() + "'. There are: " + allowed);
        }
        try {
            return switch (invocation.clear(Scopes.of(call).forEffect(asked.id()), asked.tool(), asked.arguments())) {
                case Clearance.Given(JsonObject arguments) ->
                    new Cleared(asked, arguments, Optional.empty(), Optional.empty());
                case Clearance.Awaited(Approval approval) ->
                    new Cleared(asked, asked.arguments(), Optional.of(approval), Optional.empty());
            };
        } catch (AgentOsException e) {
            if (e.errorCode() instanceof PolicyErrorCode || e.errorCode().type() == ErrorType.USER) {
                return refused(asked, e.getMessage() + " " + e.action());
            }
            throw e;
        }
    }

    private static Cleared refused(ToolCall asked, String why) {
        return new Cleared(asked, asked.arguments(), Optional.empty(), Optional.of(ToolResult.failure(why)));
    }

    /** What the model did wrong goes back to the model, which can mend it. */
    private ToolResult answer(NodeCall call, ToolCall asked, JsonObject arguments) {
        try {
            return invocation.callTool(Scopes.of(call).forEffect(asked.id()), asked.tool(), arguments);
        } catch (AgentOsException e) {
            if (e.errorCode() instanceof PolicyErrorCode || e.errorCode().type() == ErrorType.USER) {
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
