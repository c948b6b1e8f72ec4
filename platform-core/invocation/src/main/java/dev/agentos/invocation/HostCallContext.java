package dev.agentos.invocation;

import dev.agentos.pluginruntime.GrantedPermissions;
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
import dev.agentos.spi.Tools;
import java.time.Instant;
import java.util.Optional;

/** What a plugin sees of the host during one call; worthless once the call has returned. */
final class HostCallContext implements CallContext {

    private final Invocation invocation;
    private final Invocation.Frame frame;
    private final HostCapabilities capabilities;
    private volatile boolean ended;

    HostCallContext(Invocation invocation, Invocation.Frame frame, HostCapabilities capabilities) {
        this.invocation = invocation;
        this.frame = frame;
        this.capabilities = capabilities;
    }

    void end() {
        ended = true;
    }

    @Override
    public String tenant() {
        return frame.scope().tenant();
    }

    @Override
    public Optional<String> execution() {
        return frame.scope().execution();
    }

    @Override
    public Instant deadline() {
        return frame.scope().deadline();
    }

    @Override
    public boolean cancelled() {
        return ended
                || frame.scope().cancelled().getAsBoolean()
                || !capabilities.clock().instant().isBefore(deadline());
    }

    @Override
    public String idempotencyKey() {
        return frame.scope().idempotencyKey();
    }

    @Override
    public JsonObject configuration() {
        return frame.scope().configuration();
    }

    @Override
    public void emit(String name, JsonObject data) {
        alive();
        frame.scope().events().emit(name, data);
    }

    @Override
    public Models models() {
        return new Models() {
            @Override
            public ChatResponse chat(ChatRequest request, ChatListener listener) {
                alive();
                return invocation.chat(frame, request, listener);
            }

            @Override
            public EmbeddingResponse embed(EmbeddingRequest request) {
                alive();
                return invocation.embed(frame, request);
            }
        };
    }

    @Override
    public Tools tools() {
        return (tool, arguments) -> {
            alive();
            return invocation.callTool(frame, tool, arguments);
        };
    }

    @Override
    public FileSpace files() {
        return new WorkspaceFiles(capabilities.workspaces(), tenant(), caller());
    }

    @Override
    public KeyValueState state() {
        return new PluginKeyValueState(
                capabilities.states(), tenant(), caller().plugin().plugin());
    }

    private GrantedPermissions caller() {
        alive();
        return frame.caller().orElseThrow();
    }

    private void alive() {
        if (ended) {
            throw new IllegalStateException("The call that this context belongs to has returned");
        }
    }
}
