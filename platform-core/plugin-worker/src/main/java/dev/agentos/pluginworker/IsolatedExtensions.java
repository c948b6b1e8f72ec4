package dev.agentos.pluginworker;

import dev.agentos.graph.GraphCodec;
import dev.agentos.spi.AgentDefinition;
import dev.agentos.spi.AgentFile;
import dev.agentos.spi.AgentPack;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.ChannelReducer;
import dev.agentos.spi.ChatListener;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.DeclaredFacts;
import dev.agentos.spi.Effect;
import dev.agentos.spi.EmbeddingModelDescription;
import dev.agentos.spi.EmbeddingProvider;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.EmbeddingResponse;
import dev.agentos.spi.ExtensionPoint;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.ModelDescription;
import dev.agentos.spi.ModelProvider;
import dev.agentos.spi.NodeInput;
import dev.agentos.spi.NodeOutput;
import dev.agentos.spi.NodeType;
import dev.agentos.spi.Tool;
import dev.agentos.spi.ToolDescription;
import dev.agentos.spi.ToolResult;
import java.util.List;
import java.util.Optional;

/** The server's stand-ins for extensions that are in another process: they know what those are, and pass calls on. */
final class IsolatedExtensions {

    private IsolatedExtensions() {}

    /** Stand-ins for what a process has said that it offers. */
    static List<ExtensionPoint> of(IsolatedPlugin plugin, JsonArray described) {
        return Values.all(JsonObject.of("all", described), "all", one -> {
            Remote remote = new Remote(plugin, one);
            JsonObject facts = Values.object(one, "description");
            return switch (Values.text(one, "point")) {
                case "tool" -> new IsolatedTool(remote, Values.tool(facts));
                case "models" -> new IsolatedModels(remote, facts);
                case "embeddings" -> new IsolatedEmbeddings(remote, facts);
                case "node" -> new IsolatedNode(remote, facts);
                case "reducer" -> new IsolatedReducer(remote, facts);
                case "pack" -> new IsolatedPack(facts);
                default -> throw new IllegalArgumentException("No extension point " + Values.text(one, "point"));
            };
        });
    }

    /** One extension over there. */
    private record Remote(IsolatedPlugin plugin, JsonObject described) {

        JsonObject call(JsonObject input, Optional<CallContext> call, ChatListener listener) {
            return plugin.call(
                    JsonObject.of(
                            "do", Values.text(described, "point"),
                            "extension", Values.number(described, "number"),
                            "input", input),
                    call,
                    listener);
        }

        JsonObject call(JsonObject input, CallContext call) {
            return call(input, Optional.of(call), ChatListener.NONE);
        }
    }

    private record IsolatedTool(Remote remote, ToolDescription description) implements Tool {
        @Override
        public ToolResult call(JsonObject arguments, CallContext call) {
            return Values.toolResult(remote.call(arguments, call));
        }
    }

    private record IsolatedModels(Remote remote, JsonObject described) implements ModelProvider {
        @Override
        public String provider() {
            return Values.text(described, "provider");
        }

        @Override
        public List<ModelDescription> models() {
            return Values.all(described, "models", Values::model);
        }

        @Override
        public DeclaredFacts facts() {
            return Values.facts(Values.object(described, "facts"));
        }

        @Override
        public ChatResponse chat(ChatRequest request, ChatListener listener, CallContext call) {
            return Values.chatResponse(remote.call(Values.write(request), Optional.of(call), listener));
        }
    }

    private record IsolatedEmbeddings(Remote remote, JsonObject described) implements EmbeddingProvider {
        @Override
        public String provider() {
            return Values.text(described, "provider");
        }

        @Override
        public List<EmbeddingModelDescription> models() {
            return Values.all(described, "models", Values::embeddingModel);
        }

        @Override
        public DeclaredFacts facts() {
            return Values.facts(Values.object(described, "facts"));
        }

        @Override
        public EmbeddingResponse embed(EmbeddingRequest request, CallContext call) {
            return Values.embeddingResponse(remote.call(Values.write(request), call));
        }
    }

    private record IsolatedNode(Remote remote, JsonObject described) implements NodeType {
        @Override
        public String type() {
            return Values.text(described, "type");
        }

        @Override
        public String description() {
            return Values.text(described, "description");
        }

        @Override
        public JsonObject configurationSchema() {
            return Values.object(described, "configurationSchema");
        }

        @Override
        public Effect effect() {
            return Values.effect(described);
        }

        @Override
        public NodeOutput run(NodeInput input, CallContext call) {
            return Values.nodeOutput(remote.call(Values.write(input), call));
        }
    }

    private record IsolatedReducer(Remote remote, JsonObject described) implements ChannelReducer {
        @Override
        public String reducer() {
            return Values.text(described, "reducer");
        }

        @Override
        public String description() {
            return Values.text(described, "description");
        }

        @Override
        public JsonObject valueSchema() {
            return Values.object(described, "valueSchema");
        }

        @Override
        public JsonValue start() {
            return Values.value(described, "start");
        }

        @Override
        public boolean orderIndependent() {
            return described.bool("orderIndependent").orElse(false);
        }

        @Override
        public JsonValue reduce(JsonValue current, JsonValue write) {
            JsonObject answer =
                    remote.call(JsonObject.of("current", current, "write", write), Optional.empty(), ChatListener.NONE);
            return Values.value(answer, "value");
        }
    }

    /** A pack is what it says: nothing of it is called. */
    private record IsolatedPack(JsonObject described) implements AgentPack {
        @Override
        public String title() {
            return Values.text(described, "title");
        }

        @Override
        public String description() {
            return Values.text(described, "description");
        }

        @Override
        public JsonObject configurationSchema() {
            return Values.object(described, "configurationSchema");
        }

        @Override
        public List<AgentDefinition> agents() {
            return Values.all(
                    described,
                    "agents",
                    agent -> new AgentDefinition(
                            Values.text(agent, "name"),
                            Values.text(agent, "description"),
                            Values.object(agent, "inputSchema"),
                            Values.object(agent, "configuration"),
                            GraphCodec.read(Values.object(agent, "graph"))));
        }

        @Override
        public List<AgentFile> agentFiles() {
            return Values.all(
                    described,
                    "agentFiles",
                    agent -> new AgentFile(
                            Values.text(agent, "name"),
                            Values.text(agent, "description"),
                            Values.object(agent, "inputSchema"),
                            Values.object(agent, "configuration"),
                            Values.text(agent, "graph")));
        }
    }
}
