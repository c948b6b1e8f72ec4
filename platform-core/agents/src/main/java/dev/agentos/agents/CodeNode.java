package dev.agentos.agents;

import dev.agentos.execution.ExecutionEvent;
import dev.agentos.graph.Expressions;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeHandler;
import dev.agentos.invocation.CallScope;
import dev.agentos.invocation.Invocation;
import dev.agentos.invocation.InvocationErrorCode;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.scripting.Script;
import dev.agentos.scripting.ScriptEngine;
import dev.agentos.scripting.ScriptErrorCode;
import dev.agentos.scripting.ScriptHost;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Effect;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.ToolResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The node type {@code code}: executes JavaScript, the body of a function of {@code state} that returns an object with
 * the channels to write. Its settings are {@code source}, {@code input} (the channels that it sees; all when absent),
 * {@code tools} (the names that it may call) and {@code limits}.
 */
final class CodeNode implements NodeHandler {

    private static final NodeSettings SETTINGS = new NodeSettings(
            Map.of(
                    "source", NodeSettings.TEXT,
                    "input", NodeSettings.LIST,
                    "tools", NodeSettings.LIST,
                    "limits", NodeSettings.OBJECT),
            List.of("source"));

    private final Invocation invocation;
    private final ScriptEngine scripts;
    private final ScriptRefusals refusals;

    CodeNode(Invocation invocation, ScriptEngine scripts, ScriptRefusals refusals) {
        this.invocation = invocation;
        this.scripts = scripts;
        this.refusals = refusals;
    }

    /** The strongest effect of the tools that the script may call. */
    @Override
    public Effect effect(NodeDefinition node) {
        return texts(node.config(), "tools").stream()
                .map(name -> invocation.tool(name, Optional.empty()).effect())
                .max(Effect::compareTo)
                .orElse(Effect.PURE);
    }

    /** A script without tools only calculates; a tool that only reads can be seen to read. */
    @Override
    public boolean waits(NodeDefinition node) {
        return !texts(node.config(), "tools").isEmpty();
    }

    @Override
    public List<Fault> check(NodeDefinition node, Expressions expressions) {
        JsonObject config = node.config();
        List<Fault> faults = new ArrayList<>(SETTINGS.check(config));
        faults.addAll(Offers.missing(invocation, config));
        for (String name : List.of("input", "tools")) {
            JsonArray list = config.array(name).orElse(JsonArray.EMPTY);
            for (int i = 0; i < list.size(); i++) {
                if (!(list.items().get(i) instanceof JsonString)) {
                    faults.add(fault("/config/" + name + "/" + i, "A name is written as a string."));
                }
            }
        }
        config.object("limits").ifPresent(limits -> CodeLimits.read(limits, faults));
        config.text("source").flatMap(this::checkSource).ifPresent(faults::add);
        return faults;
    }

    private Optional<Fault> checkSource(String source) {
        try {
            return scripts.check(source).map(found -> fault("/config/source", found.message()));
        } catch (AgentOsException e) {
            if (e.errorCode().retriable() || !e.errorCode().origin().equals("script")) {
                throw e;
            }
            return Optional.of(fault("/config/source", String.valueOf(e.getMessage())));
        }
    }

    @Override
    public Result run(NodeCall call) {
        JsonObject config = call.node().config();
        List<String> tools = texts(config, "tools");
        Script script = new Script(
                config.text("source").orElse(""),
                input(call.state(), config),
                tools,
                call.execution().value() + "/" + call.task().id(),
                call.admittedAt(),
                CodeLimits.of(config));
        try {
            return new Result.Writes(writes(scripts.execute(script, new Host(call, Set.copyOf(tools)))));
        } catch (AgentOsException e) {
            if (e.errorCode().type() == ErrorType.DENIED) {
                String code = e.errorCode().code();
                String message = String.valueOf(e.getMessage());
                emit(call, "refused", JsonObject.of("code", code, "message", message));
                refusals.refused(new ScriptRefusals.Refusal(
                        call.tenant(), call.execution(), call.node().id(), code, message));
            }
            throw e;
        }
    }

    /** What the script reaches: the tools of its node, each call an effect of its own. */
    private final class Host implements ScriptHost {

        private final NodeCall call;
        private final CallScope scope;

        Host(NodeCall call, Set<String> tools) {
            this.call = call;
            this.scope = Scopes.of(call).withTools(tools);
        }

        @Override
        public ToolResult call(int number, String name, JsonValue arguments) {
            if (!(arguments instanceof JsonObject object)) {
                throw new AgentOsException(
                        InvocationErrorCode.INVALID_ARGUMENTS,
                        "The arguments of the tool '" + name + "' are not an object.",
                        "Call it as in tools['" + name + "']({ … }).");
            }
            // A repeated attempt makes the same calls in the same order, so each keeps its key.
            return invocation.callTool(scope.forEffect("call-" + number), name, object);
        }

        @Override
        public void log(List<String> lines) {
            emit(call, "log", JsonObject.of("lines", lines));
        }
    }

    private static void emit(NodeCall call, String name, JsonObject data) {
        call.emit(ExecutionEvent.CUSTOM, JsonObject.of("name", name, "data", data));
    }

    private static JsonObject input(JsonObject state, JsonObject config) {
        if (config.array("input").isEmpty()) {
            return state;
        }
        Map<String, JsonValue> seen = new LinkedHashMap<>();
        for (String channel : texts(config, "input")) {
            state.member(channel).ifPresent(value -> seen.put(channel, value));
        }
        return new JsonObject(seen);
    }

    private static JsonObject writes(JsonValue result) {
        return switch (result) {
            case JsonObject object -> object;
            case JsonNull nothing -> JsonObject.EMPTY;
            default ->
                throw new AgentOsException(
                        ScriptErrorCode.INVALID_RESULT,
                        "The script returned "
                                + result.getClass().getSimpleName().replace("Json", "")
                                + ", not an object.",
                        "Return an object with a member for each channel to write, as in { total: 3 }.");
        };
    }

    private static List<String> texts(JsonObject config, String name) {
        List<String> texts = new ArrayList<>();
        for (JsonValue item : config.array(name).orElse(JsonArray.EMPTY)) {
            if (item instanceof JsonString(String text)) {
                texts.add(text);
            }
        }
        return texts;
    }

    static Fault fault(String pointer, String message) {
        return new Fault(pointer, KernelErrorCode.INVALID_FIELD.code(), message);
    }
}
