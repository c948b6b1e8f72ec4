package dev.agentos.pluginworker;

import dev.agentos.spi.CallContext;
import dev.agentos.spi.ChatListener;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.EmbeddingResponse;
import dev.agentos.spi.FileSpace;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.KeyValueState;
import dev.agentos.spi.Models;
import dev.agentos.spi.PluginContext;
import dev.agentos.spi.Tools;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A call, as the plugin has it in its own process: what it lends is asked of the server, by the call's number. */
final class RemoteCallContext implements CallContext {

    private final Asking asking;
    private final long number;
    private final JsonObject described;
    private final Instant deadline;
    private final PluginContext plugin;
    private volatile boolean over;

    RemoteCallContext(Asking asking, long number, JsonObject described, PluginContext plugin) {
        this.asking = asking;
        this.number = number;
        this.described = described;
        this.deadline = Instant.parse(Values.text(described, "deadline"));
        this.plugin = plugin;
    }

    /** Nobody wants its result any more, or there is one. */
    void end() {
        over = true;
    }

    private JsonObject ask(Object... request) {
        return asking.ask(number, JsonObject.of(request));
    }

    @Override
    public String tenant() {
        return Values.text(described, "tenant");
    }

    @Override
    public Optional<String> execution() {
        return described.text("execution");
    }

    @Override
    public Instant deadline() {
        return deadline;
    }

    @Override
    public boolean cancelled() {
        return over || !InstantSource.system().instant().isBefore(deadline);
    }

    @Override
    public String idempotencyKey() {
        return Values.text(described, "idempotencyKey");
    }

    @Override
    public JsonObject configuration() {
        return Values.object(described, "configuration");
    }

    @Override
    public PluginContext plugin() {
        return plugin;
    }

    @Override
    public void emit(String name, JsonObject data) {
        ask("ask", "emit", "name", name, "data", data);
    }

    @Override
    public Models models() {
        return new RemoteModels(asking, number);
    }

    private record RemoteModels(Asking asking, long call) implements Models {
        @Override
        public ChatResponse chat(ChatRequest request, ChatListener listener) {
            return Values.chatResponse(
                    asking.ask(call, JsonObject.of("ask", "chat", "request", Values.write(request)), listener::onText));
        }

        @Override
        public EmbeddingResponse embed(EmbeddingRequest request) {
            return Values.embeddingResponse(
                    asking.ask(call, JsonObject.of("ask", "embed", "request", Values.write(request))));
        }
    }

    @Override
    public Tools tools() {
        return (tool, arguments) -> Values.toolResult(ask("ask", "tool", "tool", tool, "arguments", arguments));
    }

    @Override
    public FileSpace files() {
        return new RemoteFiles(asking, number);
    }

    private record RemoteFiles(Asking asking, long call) implements FileSpace {
        @Override
        public byte[] read(String path) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            JsonObject answer = asking.ask(call, JsonObject.of("ask", "read", "path", path));
            Values.texts(answer, "parts")
                    .forEach(part -> bytes.writeBytes(Base64.getDecoder().decode(part)));
            return bytes.toByteArray();
        }

        @Override
        public List<String> list(String folder) {
            return Values.texts(asking.ask(call, JsonObject.of("ask", "list", "path", folder)), "files");
        }
    }

    @Override
    public KeyValueState state() {
        return new RemoteState(asking, number);
    }

    private record RemoteState(Asking asking, long call) implements KeyValueState {
        @Override
        public Map<String, JsonValue> get(Collection<String> keys) {
            return Values.object(asking.ask(call, JsonObject.of("ask", "get", "keys", List.copyOf(keys))), "values")
                    .members();
        }

        @Override
        public void put(Map<String, JsonValue> values) {
            asking.ask(call, JsonObject.of("ask", "put", "values", values));
        }

        @Override
        public void remove(Collection<String> keys) {
            asking.ask(call, JsonObject.of("ask", "remove", "keys", List.copyOf(keys)));
        }
    }
}
