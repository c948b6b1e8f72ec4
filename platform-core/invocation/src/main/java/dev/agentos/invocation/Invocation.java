package dev.agentos.invocation;

import dev.agentos.guard.Guard;
import dev.agentos.invocation.internal.BudgetOverrides;
import dev.agentos.invocation.internal.CircuitBreaker;
import dev.agentos.invocation.internal.ModelName;
import dev.agentos.invocation.internal.PolicyCall;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.limits.BudgetExceededException;
import dev.agentos.limits.Budgets;
import dev.agentos.limits.Limits;
import dev.agentos.outbound.Bodies;
import dev.agentos.pluginruntime.ExtensionHandle;
import dev.agentos.pluginruntime.ExtensionListing;
import dev.agentos.pluginruntime.ExtensionRegistry;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.pluginruntime.PluginVersion;
import dev.agentos.policy.KillSwitches;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChannelReducer;
import dev.agentos.spi.ChatListener;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.EmbeddingResponse;
import dev.agentos.spi.ExtensionPoint;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.ModelProvider;
import dev.agentos.spi.NodeInput;
import dev.agentos.spi.NodeOutput;
import dev.agentos.spi.NodeType;
import dev.agentos.spi.Protocol;
import dev.agentos.spi.ProtocolRequest;
import dev.agentos.spi.ProtocolResponse;
import dev.agentos.spi.Tool;
import dev.agentos.spi.ToolDescription;
import dev.agentos.spi.ToolResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Calls models, tools, node types, reducers and protocols of plugins. A call returns at its deadline, when it is
 * cancelled, or when the calling thread is interrupted, whatever the plugin does.
 */
public final class Invocation implements AutoCloseable {

    private static final int DEEPEST_NESTING = 16;

    static {
        // What a plugin asks these for, they check by its grants and do in the host's name.
        Guard.trust(
                Invocation.class,
                HostCallContext.class,
                Workspace.class,
                PluginKeyValueState.class,
                ProtocolLoan.class);
    }

    private final ExtensionRegistry extensions;
    private final HostCapabilities host;
    private final CallMeter meter;
    private final CallLimits limits;
    private final PolicyGate policy;
    private final ModelCalls models;
    private final BudgetOverrides overrides;
    private final KillSwitches switches;
    private final CircuitBreaker circuits;
    private final List<Gate> gates;
    private final Map<Object, PluginThreads> threads = new ConcurrentHashMap<>();

    /** How long a reducer may take for one write, unless it is set otherwise. */
    public static final Duration REDUCER_LIMIT = Duration.ofSeconds(2);

    /**
     * The door to these extensions.
     *
     * @param gates asked in this order before each call, after the grants of a plugin that calls
     */
    public Invocation(ExtensionRegistry extensions, HostCapabilities capabilities, List<Gate> gates, CallMeter meter) {
        this(
                extensions,
                capabilities,
                gates,
                PolicyGate.open(),
                Limits.inMemory().budgets(),
                meter,
                REDUCER_LIMIT,
                KillSwitches.inMemory());
    }

    /** The same with rules, budgets, a limit of a reducer's time for one write, and what stops calls. */
    public Invocation(
            ExtensionRegistry extensions,
            HostCapabilities capabilities,
            List<Gate> gates,
            PolicyGate policy,
            Budgets budgets,
            CallMeter meter,
            Duration reducerLimit,
            KillSwitches switches) {
        this(extensions, capabilities, gates, policy, budgets, meter, CallLimits.standard(reducerLimit), switches);
    }

    Invocation(
            ExtensionRegistry extensions,
            HostCapabilities host,
            List<Gate> gates,
            PolicyGate policy,
            Budgets budgets,
            CallMeter meter,
            CallLimits limits,
            KillSwitches switches) {
        this.switches = switches;
        this.extensions = extensions;
        this.host = host;
        this.meter = meter;
        this.limits = limits;
        this.policy = policy;
        this.models = new ModelCalls(
                this,
                policy,
                new ModelRoutes(extensions, host.tenants(), policy),
                budgets,
                limits.model(),
                host.clock());
        this.overrides = new BudgetOverrides(budgets, policy.approvals());
        this.circuits = new CircuitBreaker(limits.circuitFailures(), limits.circuitPause(), host.clock());
        List<Gate> chain = new ArrayList<>(gates);
        chain.addFirst(Gate.GRANTS);
        this.gates = List.copyOf(chain);
        switches.onChange(() -> extensions.rest(switches::stopsPlugin));
        extensions.onUnload(
                loading -> Optional.ofNullable(threads.remove(loading)).ifPresent(PluginThreads::close));
    }

    /**
     * Calls a chat model.
     *
     * @param request its model is {@code provider/model}
     * @param listener receives the text as it comes, on the plugin's thread; nothing more once the call has returned
     * @throws AgentOsException {@code model:UNKNOWN_MODEL}, {@code policy:DENIED}, {@code policy:NO_ROUTE},
     *     {@code limits:RATE_LIMITED}, {@code plugin:FAILED}, {@code plugin:PERMISSION_DENIED},
     *     {@code limits:BUDGET_EXCEEDED}, {@code limits:UNKNOWN_PRICE}, {@code server:DEADLINE_EXCEEDED},
     *     {@code server:CANCELLED}, or what the provider reports
     */
    public ChatResponse chat(CallScope scope, ChatRequest request, ChatListener listener) {
        return chat(scope, request, listener, Optional.empty());
    }

    ChatResponse chat(CallScope scope, ChatRequest request, ChatListener listener, Optional<Caller> caller) {
        return models.chat(scope, models.routed(scope, request, caller), listener, caller);
    }

    /**
     * A chat for the model that the rules have chosen; it is not routed again.
     *
     * @param request names that model
     */
    public record Routed(ChatRequest request) {}

    /**
     * Asks the rules which model is to be asked, for a node that does more with it than one call.
     *
     * @throws AgentOsException {@code policy:DENIED}, {@code policy:NO_ROUTE}
     */
    public Routed route(CallScope scope, ChatRequest request) {
        return new Routed(models.routed(scope, request, Optional.empty()));
    }

    /** Calls the model that was chosen; fails as for one that was not. */
    public ChatResponse chat(CallScope scope, Routed routed, ChatListener listener) {
        return models.chat(scope, routed.request(), listener, Optional.empty());
    }

    /** Calls an embedding model; fails as {@link #chat} does. */
    public EmbeddingResponse embed(CallScope scope, EmbeddingRequest request) {
        return embed(scope, request, Optional.empty());
    }

    EmbeddingResponse embed(CallScope scope, EmbeddingRequest request, Optional<Caller> caller) {
        return models.embed(scope, request, caller);
    }

    /**
     * Calls a tool after checking its arguments.
     *
     * @throws AgentOsException {@code tool:UNKNOWN_TOOL}, {@code tool:INVALID_ARGUMENTS} with pointers,
     *     {@code tool:TOOL_NOT_ALLOWED}, and as {@link #chat}
     */
    public ToolResult callTool(CallScope scope, String tool, JsonObject arguments) {
        return callTool(scope, tool, arguments, Optional.empty());
    }

    ToolResult callTool(CallScope scope, String tool, JsonObject arguments, Optional<Caller> caller) {
        if (scope.allowedTools().isPresent() && !scope.allowedTools().get().contains(tool)) {
            throw new AgentOsException(
                    InvocationErrorCode.TOOL_NOT_ALLOWED,
                    "The tool '" + tool + "' is not among those that may be called here.",
                    "Add it to the agent's tools, or call another.");
        }
        CallTarget<Tool> target = CallTarget.ofTool(tool);
        PolicyCall asked = ofTool(scope, id(caller), policed(scope, target, caller), arguments);
        policy.require(asked);
        OutputScreen screen = policy.screen(asked);
        ToolResult result = screen.around(() -> call(scope, target, caller, (found, context) -> {
            Schemas.requireArguments(((ExtensionListing.OfTool) context.called()).tool(), arguments);
            return found.call(arguments, context);
        }));
        return screen.passed(result);
    }

    /**
     * Asks the rules for a node that can wait, and people where the rules want it, before a tool is called.
     *
     * @throws AgentOsException {@code policy:DENIED}, {@code policy:REJECTED}, {@code tool:UNKNOWN_TOOL}
     */
    public PolicyGate.Clearance clear(CallScope scope, String tool, JsonObject arguments) {
        ExtensionListing listing =
                extensions.find(Tool.class, tool, scope.execution()).orElseThrow(() -> CallTarget.unknownTool(tool));
        return policy.clear(given -> ofTool(scope, Optional.empty(), listing, given), arguments);
    }

    /** The same before a model is asked. */
    public PolicyGate.Clearance clear(CallScope scope, Routed routed) {
        ChatRequest request = routed.request();
        return extensions
                .find(ModelProvider.class, ModelName.of(request.model()).provider(), scope.execution())
                .map(one -> policy.clear(PolicyCall.ofChat(scope, Optional.empty(), Optional.of(one), request)))
                .orElseGet(() -> new PolicyGate.Clearance.Given(JsonObject.EMPTY));
    }

    /** Asks people for a node whose call a budget has refused; see {@link BudgetOverrides#clear}. */
    public PolicyGate.Clearance clear(CallScope scope, BudgetExceededException refused) {
        return overrides.clear(scope, refused);
    }

    private static PolicyCall ofTool(
            CallScope scope, Optional<String> caller, ExtensionListing listing, JsonObject arguments) {
        ToolDescription tool = ((ExtensionListing.OfTool) listing.description()).tool();
        return PolicyCall.ofTool(scope, caller, listing.plugin(), tool, arguments);
    }

    /** What would be called, and is not before the rules were asked about it. */
    ExtensionListing policed(CallScope scope, CallTarget<?> target, Optional<Caller> caller) {
        return extensions
                .find(target.point(), target.extension(), scope.execution())
                .orElseThrow(() -> {
                    pass(scope, target, caller);
                    return target.unknown().get();
                });
    }

    private void pass(CallScope scope, CallTarget<?> target, Optional<Caller> caller) {
        Gate.Attempt attempt = new Gate.Attempt(scope, caller.map(Caller::grants), target.act(), target.name());
        gates.forEach(gate -> gate.pass(attempt));
    }

    static Optional<String> id(Optional<Caller> caller) {
        return caller.map(one -> one.grants().plugin().plugin());
    }

    /**
     * Runs one attempt of a node task.
     *
     * @throws AgentOsException {@code plugin:UNKNOWN_NODE_TYPE}, and as {@link #chat}
     */
    public NodeOutput runNode(CallScope scope, String type, NodeInput input) {
        CallTarget<NodeType> target = CallTarget.ofNodeType(type);
        return call(scope, target, Optional.empty(), (found, context) -> Results.checked(found.run(input, context)));
    }

    /**
     * Merges one write into a channel.
     *
     * @param scope its deadline is brought forward to the limit of reducers
     * @param current the value before; the reducer's start when empty
     * @throws AgentOsException {@code plugin:UNKNOWN_REDUCER}, {@code plugin:INVALID_RESULT}, and as {@link #chat}
     */
    public JsonValue reduce(CallScope scope, String reducer, Optional<JsonValue> current, JsonValue write) {
        CallTarget<ChannelReducer> target = CallTarget.ofReducer(reducer);
        Schemas.load();
        CallScope bounded = scope.until(host.clock().instant().plus(limits.reducer()));
        return call(bounded, target, Optional.empty(), (found, context) -> {
            var listing = (ExtensionListing.OfReducer) context.called();
            return Results.checked(listing, found.reduce(current.orElseGet(listing::start), write));
        });
    }

    /**
     * Answers a request by a protocol.
     *
     * @param loan what the plugin may use for it; over when this returns
     * @return the answer; empty when it was written to the stream
     * @throws AgentOsException {@code plugin:UNKNOWN_PROTOCOL}, {@code plugin:INVALID_RESULT}, and as {@link #chat}
     */
    public Optional<ProtocolResponse> answer(
            CallScope scope, String protocol, ProtocolRequest request, ProtocolLoan loan) {
        CallTarget<Protocol> target = CallTarget.ofProtocol(protocol);
        try (loan) {
            return call(
                    scope,
                    target,
                    Optional.empty(),
                    (found, context) -> loan.checked(found.answer(request, loan, loan, context)));
        }
    }

    /** Fails as {@link #answer} does when there is no such protocol, or not for that tenant. */
    public void requireProtocol(String tenant, String protocol) {
        ProtocolLoan.require(extensions, host.tenants(), tenant, protocol);
    }

    /** What a tool is, for an execution or nobody's; {@code tool:UNKNOWN_TOOL} when there is none of that name. */
    public ToolDescription tool(String name, Optional<String> execution) {
        return extensions
                .known(Tool.class, name, execution)
                .map(listing -> ((ExtensionListing.OfTool) listing.description()).tool())
                .orElseThrow(() -> CallTarget.unknownTool(name));
    }

    /** Whether there is a tool of that name, of a plugin that the tenant may use. */
    public boolean offers(String tenant, String tool) {
        return extensions
                .find(Tool.class, tool)
                .filter(listing ->
                        host.tenants().enabled(tenant, listing.plugin().plugin()))
                .isPresent();
    }

    /** What a node type is; {@code plugin:UNKNOWN_NODE_TYPE} when there is none of that name. */
    public ExtensionListing.OfNodeType nodeType(String name) {
        return extensions
                .known(NodeType.class, name, Optional.empty())
                .map(listing -> (ExtensionListing.OfNodeType) listing.description())
                .orElseThrow(() -> CallTarget.unknownNodeType(name));
    }

    /** The model providers on offer; each is an {@link ExtensionListing.OfModels}. */
    public List<ExtensionListing> models() {
        return extensions.list(ModelProvider.class);
    }

    /** The tools on offer; each is an {@link ExtensionListing.OfTool}. */
    public List<ExtensionListing> tools() {
        return extensions.list(Tool.class);
    }

    /** Ends the threads on which plugins run. */
    @Override
    public void close() {
        threads.values().forEach(PluginThreads::close);
    }

    @FunctionalInterface
    interface Work<T, R> {
        @Nullable
        R run(T extension, HostCallContext context);
    }

    <T extends ExtensionPoint, R> R call(
            CallScope scope, CallTarget<T> target, Optional<Caller> caller, Work<T, R> work) {
        int depth = caller.map(Caller::depth).orElse(0) + 1;
        if (depth > DEEPEST_NESTING) {
            throw new AgentOsException(
                    PluginErrorCode.NESTING_TOO_DEEP,
                    "Plugins called each other more than " + DEEPEST_NESTING + " deep, last '" + target.name() + "'.",
                    "Look for plugins that call each other in a circle.");
        }
        pass(scope, target, caller);
        try (ExtensionHandle<T> handle = extensions
                        .acquire(target.point(), target.extension(), scope.execution())
                        .orElseThrow(target.unknown());
                TenantPlugins.Use use = host.tenants()
                        .enter(
                                scope,
                                handle,
                                // A merge cannot be tried again, and who is inside already takes no more room.
                                target.point() != ChannelReducer.class && !Caller.inline(caller, handle))) {
            SwitchedCall switched = SwitchedCall.of(switches, scope, target, caller, handle.plugin());
            switched.require();
            circuits.check(scope.tenant(), handle.plugin());
            return switched.counted(
                    () -> run(switched, switched.scope(scope), target, caller, depth, handle, use, work));
        }
    }

    private <T extends ExtensionPoint, R> R run(
            SwitchedCall switched,
            CallScope scope,
            CallTarget<T> target,
            Optional<Caller> caller,
            int depth,
            ExtensionHandle<T> handle,
            TenantPlugins.Use use,
            Work<T, R> work) {
        long began = System.nanoTime();
        PluginThreads pool = threads.computeIfAbsent(
                handle.loading(),
                loading -> new PluginThreads(handle, limits, why -> extensions.quarantine(handle, why)));
        PluginCall<T, R> call = new PluginCall<>(
                handle,
                (extension, unwanted) -> {
                    HostCallContext context =
                            new HostCallContext(this, scope.cancelledAlso(unwanted), handle, use, depth, host);
                    try {
                        return Bodies.during(() -> work.run(extension, context));
                    } finally {
                        context.end();
                    }
                },
                pool::returned);
        handle.onRevoke(call::interrupt);
        PluginCall.Wait wait;
        if (Caller.inline(caller, handle)) {
            call.runInline();
            wait = PluginCall.Wait.ENDED;
        } else {
            pool.execute(call);
            if (caller.isPresent() && target.point() == ModelProvider.class) {
                // It waits in its own code, which hears what the model says.
                call.attend(scope, host.clock(), () -> pool.watch(call));
            }
            wait = call.await(scope, host.clock());
        }
        try {
            return outcome(switched, scope, target, handle, pool, call, wait);
        } finally {
            record(scope, target, handle.plugin(), call, wait, Duration.ofNanos(System.nanoTime() - began));
        }
    }

    private <T extends ExtensionPoint, R> R outcome(
            SwitchedCall switched,
            CallScope scope,
            CallTarget<T> target,
            ExtensionHandle<T> handle,
            PluginThreads pool,
            PluginCall<T, R> call,
            PluginCall.Wait wait) {
        if (wait == PluginCall.Wait.ENDED) {
            // Told to stop, it may have failed, or returned what is cut short; neither is its fault, or an answer.
            switched.require();
            if (call.defect()) {
                circuits.failed(scope.tenant(), handle.plugin());
            } else {
                circuits.succeeded(scope.tenant(), handle.plugin());
            }
            return call.answer();
        }
        pool.forget(call);
        if (wait == PluginCall.Wait.TIMED_OUT && call.hadItsTime()) {
            circuits.failed(scope.tenant(), handle.plugin());
        }
        if (!call.endsSoon()) {
            pool.watch(call);
        }
        if (wait == PluginCall.Wait.TIMED_OUT) {
            throw late(target, scope);
        }
        if (wait == PluginCall.Wait.INTERRUPTED) {
            Thread.currentThread().interrupt();
        }
        switched.require();
        throw new AgentOsException(
                KernelErrorCode.CANCELLED,
                "The call of " + target.name() + " in plugin " + handle.plugin() + " was cancelled.",
                "Make it again when you want it done.");
    }

    static AgentOsException late(CallTarget<?> target, CallScope scope) {
        return new AgentOsException(
                KernelErrorCode.DEADLINE_EXCEEDED,
                "The call of " + target.name() + " had not ended by " + scope.deadline() + ".",
                "Give it more time, or ask it for less.");
    }

    private void record(
            CallScope scope,
            CallTarget<?> target,
            PluginVersion plugin,
            PluginCall<?, ?> call,
            PluginCall.Wait wait,
            Duration duration) {
        CallMeter.Outcome outcome = switch (wait) {
            case ENDED -> call.failed() ? CallMeter.Outcome.FAILED : CallMeter.Outcome.RETURNED;
            case TIMED_OUT -> CallMeter.Outcome.TIMED_OUT;
            case CANCELLED, INTERRUPTED -> CallMeter.Outcome.CANCELLED;
        };
        meter.ended(new CallMeter.Call(
                plugin, target.name(), scope.tenant(), duration, call.cpu(), call.allocatedBytes(), outcome));
    }
}
