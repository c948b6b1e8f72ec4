package dev.agentos.invocation;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.pluginruntime.ExtensionHandle;
import dev.agentos.pluginruntime.ExtensionListing;
import dev.agentos.pluginruntime.ExtensionRegistry;
import dev.agentos.pluginruntime.GrantedPermissions;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.ChatListener;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.EmbeddingProvider;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.EmbeddingResponse;
import dev.agentos.spi.ExtensionPoint;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.ModelProvider;
import dev.agentos.spi.NodeInput;
import dev.agentos.spi.NodeOutput;
import dev.agentos.spi.NodeType;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import dev.agentos.spi.Tool;
import dev.agentos.spi.ToolDescription;
import dev.agentos.spi.ToolResult;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/** Calls models, tools and node types of plugins, each by the same path. */
public final class Invocation implements AutoCloseable {

    private final ExtensionRegistry extensions;
    private final Calls calls;
    private final HostCapabilities capabilities;
    private final List<Gate> gates;

    /**
     * The door to these extensions.
     *
     * @param gates asked in this order before each call
     */
    public Invocation(
            ExtensionRegistry extensions, HostCapabilities capabilities, List<Gate> gates, CallMeter meter) {
        this.extensions = extensions;
        this.capabilities = capabilities;
        this.gates = List.copyOf(gates);
        this.calls = new Calls(extensions, capabilities.clock(), meter);
    }

    /**
     * Asks a chat model.
     *
     * @param request its model is {@code provider/model}
     * @throws AgentOsException {@code model:UNKNOWN_MODEL}, {@code server:DEADLINE_EXCEEDED}, {@code server:CANCELLED},
     *     {@code plugin:FAILED}, or the provider's own
     */
    public ChatResponse chat(CallScope scope, ChatRequest request, ChatListener listener) {
        return chat(Frame.host(scope), request, listener);
    }

    ChatResponse chat(Frame frame, ChatRequest request, ChatListener listener) {
        ModelName name = ModelName.of(request.model());
        gate(frame, Permission.of(PermissionKind.MODEL_INVOKE, name.toString()), "model " + name);
        ExtensionHandle<ModelProvider> handle = extensions
                .acquire(ModelProvider.class, name.provider())
                .orElseThrow(() -> unknownModel(name));
        return call(frame, handle, "model " + name, (provider, context) -> provider.chat(
                request.withModel(name.model()), listener, context));
    }

    /** Asks an embedding model; fails as {@link #chat} does. */
    public EmbeddingResponse embed(CallScope scope, EmbeddingRequest request) {
        return embed(Frame.host(scope), request);
    }

    EmbeddingResponse embed(Frame frame, EmbeddingRequest request) {
        ModelName name = ModelName.of(request.model());
        gate(frame, Permission.of(PermissionKind.MODEL_INVOKE, name.toString()), "model " + name);
        ExtensionHandle<EmbeddingProvider> handle = extensions
                .acquire(EmbeddingProvider.class, name.provider())
                .orElseThrow(() -> unknownModel(name));
        return call(frame, handle, "model " + name, (provider, context) -> provider.embed(
                request.withModel(name.model()), context));
    }

    /**
     * Calls a tool.
     *
     * @param arguments checked against the tool's input schema
     * @throws AgentOsException {@code tool:UNKNOWN_TOOL}, {@code tool:INVALID_ARGUMENTS}, and as {@link #chat} does
     */
    public ToolResult callTool(CallScope scope, String tool, JsonObject arguments) {
        return callTool(Frame.host(scope), tool, arguments);
    }

    ToolResult callTool(Frame frame, String tool, JsonObject arguments) {
        gate(frame, Permission.of(PermissionKind.TOOL_INVOKE, tool), "tool " + tool);
        ExtensionHandle<Tool> handle = extensions.acquire(Tool.class, tool).orElseThrow(() -> unknownTool(tool));
        JsonObject schema = ((ExtensionListing.OfTool) handle.description()).tool().inputSchema();
        try {
            List<Fault> faults = Schemas.check(schema, arguments, "");
            if (!faults.isEmpty()) {
                throw new InvalidInputException(
                        InvocationErrorCode.INVALID_ARGUMENTS,
                        "The arguments do not fit the tool '" + tool + "': "
                                + faults.getFirst().message(),
                        "Correct them by the tool's input schema.",
                        faults);
            }
        } catch (AgentOsException e) {
            handle.close();
            throw e;
        }
        return call(frame, handle, "tool " + tool, (found, context) -> found.call(arguments, context));
    }

    /** Runs a node type of a plugin; fails with {@code plugin:UNKNOWN_NODE_TYPE}, and as {@link #chat} does. */
    public NodeOutput runNode(CallScope scope, String type, NodeInput input) {
        Frame frame = Frame.host(scope);
        ExtensionHandle<NodeType> handle =
                extensions.acquire(NodeType.class, type).orElseThrow(() -> unknownNodeType(type));
        return call(frame, handle, "node type " + type, (found, context) -> found.run(input, context));
    }

    /** What a tool is; {@code tool:UNKNOWN_TOOL} when there is none of that name. */
    public ToolDescription tool(String name) {
        return extensions
                .find(Tool.class, name)
                .map(listing -> ((ExtensionListing.OfTool) listing.description()).tool())
                .orElseThrow(() -> unknownTool(name));
    }

    /** What a node type is; {@code plugin:UNKNOWN_NODE_TYPE} when there is none of that name. */
    public ExtensionListing.OfNodeType nodeType(String name) {
        return extensions
                .find(NodeType.class, name)
                .map(listing -> (ExtensionListing.OfNodeType) listing.description())
                .orElseThrow(() -> unknownNodeType(name));
    }

    /** Ends the threads of plugins that wait for work. */
    @Override
    public void close() {
        calls.close();
    }

    private void gate(Frame frame, Permission act, String target) {
        Gate.Attempt attempt = new Gate.Attempt(frame.scope(), frame.caller(), Optional.of(act), target);
        gates.forEach(gate -> gate.pass(attempt));
    }

    private <T extends ExtensionPoint, R> R call(
            Frame frame, ExtensionHandle<T> handle, String target, BiFunction<T, CallContext, R> work) {
        Frame inner;
        try {
            inner = frame.into(handle.grants());
        } catch (AgentOsException e) {
            handle.close();
            throw e;
        }
        HostCallContext context = new HostCallContext(this, inner, capabilities);
        try {
            return calls.run(frame.scope(), handle, target, extension -> work.apply(extension, context));
        } finally {
            context.end();
        }
    }

    private static AgentOsException unknownModel(ModelName name) {
        return new AgentOsException(
                InvocationErrorCode.UNKNOWN_MODEL,
                "There is no model '" + name + "': no started plugin is the provider '" + name.provider() + "'.",
                "Install a plugin that is, or choose one of GET /api/v1/models.");
    }

    private static AgentOsException unknownTool(String name) {
        return new AgentOsException(
                InvocationErrorCode.UNKNOWN_TOOL,
                "There is no tool '" + name + "'.",
                "Install a plugin that has it, or choose one of GET /api/v1/tools.");
    }

    private static AgentOsException unknownNodeType(String name) {
        return new AgentOsException(
                InvocationErrorCode.UNKNOWN_NODE_TYPE,
                "There is no node type '" + name + "'.",
                "Install or start the plugin that adds it.");
    }

    /**
     * A level of calls into plugins.
     *
     * @param scope what all levels share
     * @param caller the plugin that makes calls at this level; empty for the host
     * @param depth how many plugins are on the way
     */
    record Frame(CallScope scope, Optional<GrantedPermissions> caller, int depth) {

        private static final int DEEPEST = 16;

        static Frame host(CallScope scope) {
            return new Frame(scope, Optional.empty(), 0);
        }

        Frame into(GrantedPermissions plugin) {
            if (depth >= DEEPEST) {
                throw new AgentOsException(
                        dev.agentos.pluginruntime.PluginErrorCode.NESTING_TOO_DEEP,
                        "Plugins called each other more than " + DEEPEST + " levels deep.",
                        "Look for a tool or a model that calls itself through others.");
            }
            return new Frame(scope, Optional.of(plugin), depth + 1);
        }
    }
}
