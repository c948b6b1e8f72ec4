package dev.agentos.invocation;

import dev.agentos.invocation.internal.Hearing;
import dev.agentos.pluginruntime.ExtensionHandle;
import dev.agentos.pluginruntime.ExtensionListing;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.ChatListener;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.EmbeddingResponse;
import dev.agentos.spi.FileSpace;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.KeyValueState;
import dev.agentos.spi.Models;
import dev.agentos.spi.PluginContext;
import dev.agentos.spi.ToolResult;
import dev.agentos.spi.Tools;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** What the host lends to plugin code for one call; of no use after it. */
final class HostCallContext implements CallContext {

    private final Invocation invocation;
    private final CallScope scope;
    private final Caller caller;
    private final ExtensionListing.Description called;
    private final TenantPlugins.Use use;
    private final FileSpace files;
    private final KeyValueState state;
    private final HostCapabilities host;
    private final AtomicInteger nested = new AtomicInteger();
    private volatile boolean ended;

    HostCallContext(
            Invocation invocation,
            CallScope scope,
            ExtensionHandle<?> handle,
            TenantPlugins.Use use,
            int depth,
            HostCapabilities host) {
        this.invocation = invocation;
        this.scope = scope;
        this.caller = new Caller(handle.grants(), handle.loading(), depth, Thread.currentThread());
        this.called = handle.description();
        this.use = use;
        this.files = new Workspace(host.workspaces().resolve(scope.tenant()), handle.grants());
        this.state = new PluginKeyValueState(
                host.states(), scope.tenant(), handle.plugin().plugin());
        this.host = host;
    }

    /** What is called. */
    ExtensionListing.Description called() {
        return called;
    }

    void end() {
        ended = true;
    }

    @Override
    public String tenant() {
        return scope.tenant();
    }

    @Override
    public Optional<String> execution() {
        return scope.execution();
    }

    @Override
    public Instant deadline() {
        return scope.deadline();
    }

    @Override
    public boolean cancelled() {
        return ended
                || scope.cancelled().getAsBoolean()
                || !host.clock().instant().isBefore(scope.deadline());
    }

    @Override
    public String idempotencyKey() {
        return scope.idempotencyKey();
    }

    @Override
    public JsonObject configuration() {
        return scope.configuration();
    }

    @Override
    public PluginContext plugin() {
        refuseEnded();
        return use.context();
    }

    @Override
    public void emit(String name, JsonObject data) {
        refuseEnded();
        scope.events().emit(name, data);
    }

    @Override
    public Models models() {
        return new Models() {
            @Override
            public ChatResponse chat(ChatRequest request, ChatListener listener) {
                Hearing hearing = new Hearing(listener);
                CallScope listening = inner().cancelledAlso(hearing::pass);
                ChatResponse response = answer(listening, request, hearing);
                hearing.requireHeard();
                return response;
            }

            private ChatResponse answer(CallScope listening, ChatRequest request, Hearing hearing) {
                try {
                    return invocation.chat(listening, request, hearing, Optional.of(caller));
                } catch (RuntimeException | Error e) {
                    // What was said before is heard, unless there is no time for it any more.
                    if (!Thread.currentThread().isInterrupted() && !cancelled()) {
                        hearing.pass();
                    }
                    throw e;
                }
            }

            @Override
            public EmbeddingResponse embed(EmbeddingRequest request) {
                return invocation.embed(inner(), request, Optional.of(caller));
            }
        };
    }

    @Override
    public Tools tools() {
        return (tool, arguments) -> callTool(tool, arguments);
    }

    private ToolResult callTool(String tool, JsonObject arguments) {
        return invocation.callTool(inner(), tool, arguments, Optional.of(caller));
    }

    @Override
    public FileSpace files() {
        refuseEnded();
        return files;
    }

    @Override
    public KeyValueState state() {
        refuseEnded();
        return state;
    }

    /** The scope of a call that the plugin makes: the same but for its idempotency key, which counts on. */
    private CallScope inner() {
        refuseEnded();
        return scope.forEffect(String.valueOf(nested.incrementAndGet()));
    }

    private void refuseEnded() {
        if (ended) {
            throw new IllegalStateException("The call has ended; its context is of no use any more");
        }
    }
}
