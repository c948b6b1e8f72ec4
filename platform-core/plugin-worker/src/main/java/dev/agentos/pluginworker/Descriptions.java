package dev.agentos.pluginworker;

import dev.agentos.graph.GraphCodec;
import dev.agentos.spi.AgentDefinition;
import dev.agentos.spi.AgentFile;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.AgentPack;
import dev.agentos.spi.ChannelReducer;
import dev.agentos.spi.DeclaredFacts;
import dev.agentos.spi.EmbeddingProvider;
import dev.agentos.spi.ExtensionPoint;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.ModelProvider;
import dev.agentos.spi.NodeType;
import dev.agentos.spi.Protocol;
import dev.agentos.spi.Tool;
import java.util.ArrayList;
import java.util.List;

/** What started extensions say of themselves, for the server to stand for them. */
final class Descriptions {

    private Descriptions() {}

    /**
     * The descriptions of all extension points of all extensions.
     *
     * @throws AgentOsException {@code plugin:NOT_ISOLABLE} naming an extension that works in the server's process only
     */
    static List<JsonObject> of(List<ExtensionPoint> extensions) {
        List<JsonObject> all = new ArrayList<>();
        for (int number = 0; number < extensions.size(); number++) {
            ExtensionPoint extension = extensions.get(number);
            refuse(extension);
            for (JsonObject one : each(extension)) {
                all.add(one.with("number", number)
                        .with("class", extension.getClass().getName()));
            }
        }
        return all;
    }

    private static void refuse(ExtensionPoint extension) {
        if (extension instanceof Protocol protocol) {
            throw new AgentOsException(
                    WorkerErrorCode.NOT_ISOLABLE,
                    "The plugin cannot run in a process of its own: its extension "
                            + extension.getClass().getName() + " is the protocol '" + protocol.protocol()
                            + "', which works in the server's process only.",
                    "Run it in the server's process (--isolated=false) if you trust its author that far, or ask the"
                            + " author for a plugin without it.");
        }
    }

    private static JsonObject provided(String provider, List<JsonObject> models, DeclaredFacts facts) {
        return JsonObject.of("provider", provider, "models", models, "facts", Values.write(facts));
    }

    private static List<JsonObject> each(ExtensionPoint extension) {
        List<JsonObject> found = new ArrayList<>();
        if (extension instanceof Tool tool) {
            found.add(at("tool", Values.write(tool.description())));
        }
        if (extension instanceof ModelProvider provider) {
            List<JsonObject> models =
                    provider.models().stream().map(Values::write).toList();
            found.add(at("models", provided(provider.provider(), models, provider.facts())));
        }
        if (extension instanceof EmbeddingProvider provider) {
            List<JsonObject> models =
                    provider.models().stream().map(Values::write).toList();
            found.add(at("embeddings", provided(provider.provider(), models, provider.facts())));
        }
        if (extension instanceof NodeType type) {
            found.add(at(
                    "node",
                    JsonObject.of(
                            "type", type.type(),
                            "description", type.description(),
                            "configurationSchema", type.configurationSchema(),
                            "effect", type.effect().name())));
        }
        if (extension instanceof ChannelReducer reducer) {
            found.add(at(
                    "reducer",
                    JsonObject.of(
                            "reducer", reducer.reducer(),
                            "description", reducer.description(),
                            "valueSchema", reducer.valueSchema(),
                            "start", reducer.start(),
                            "orderIndependent", reducer.orderIndependent())));
        }
        if (extension instanceof AgentPack pack) {
            found.add(at("pack", write(pack)));
        }
        return found;
    }

    private static JsonObject at(String point, JsonObject description) {
        return JsonObject.of("point", point, "description", description);
    }

    private static JsonObject write(AgentPack pack) {
        return JsonObject.of(
                "title",
                pack.title(),
                "description",
                pack.description(),
                "configurationSchema",
                pack.configurationSchema(),
                "agents",
                pack.agents().stream().map(Descriptions::write).toList(),
                "agentFiles",
                pack.agentFiles().stream().map(Descriptions::write).toList());
    }

    private static JsonObject write(AgentDefinition agent) {
        return JsonObject.of(
                "name", agent.name(),
                "description", agent.description(),
                "inputSchema", agent.inputSchema(),
                "configuration", agent.configuration(),
                "graph", GraphCodec.write(agent.graph()));
    }

    private static JsonObject write(AgentFile agent) {
        return JsonObject.of(
                "name", agent.name(),
                "description", agent.description(),
                "inputSchema", agent.inputSchema(),
                "configuration", agent.configuration(),
                "graph", agent.graph());
    }
}
