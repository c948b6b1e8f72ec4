package dev.agentos.pluginruntime;

import dev.agentos.spi.AgentDefinition;
import dev.agentos.spi.AgentFile;
import dev.agentos.spi.DeclaredFacts;
import dev.agentos.spi.Effect;
import dev.agentos.spi.EmbeddingModelDescription;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.ModelDescription;
import dev.agentos.spi.ToolDescription;
import java.util.List;
import java.util.Objects;

/**
 * An extension on offer: what it said of itself when it was started. A list of values, so that looking at it runs no
 * plugin code.
 *
 * @param plugin the version that contributes it
 * @param description what it is
 */
public record ExtensionListing(PluginVersion plugin, Description description) {

    /** What an extension is, by its extension point. */
    public sealed interface Description {
        /** The name by which it is acquired, unique within its extension point. */
        String name();

        /** What the plugin declares of a model of its own, by the name within the provider; nothing of what is none. */
        default DeclaredFacts facts(String model) {
            return DeclaredFacts.NONE;
        }
    }

    /** A {@link dev.agentos.spi.Tool}. */
    public record OfTool(ToolDescription tool) implements Description {
        public OfTool {
            Objects.requireNonNull(tool, "A tool describes itself with nothing");
        }

        @Override
        public String name() {
            return tool.name();
        }
    }

    /** A {@link dev.agentos.spi.ModelProvider}; its name is the provider's. */
    public record OfModels(String name, List<ModelDescription> models, DeclaredFacts facts) implements Description {
        public OfModels {
            models = List.copyOf(models);
        }

        @Override
        public DeclaredFacts facts(String model) {
            return models.stream()
                    .filter(one -> one.id().equals(model))
                    .map(ModelDescription::facts)
                    .filter(one -> !one.equals(DeclaredFacts.NONE))
                    .findFirst()
                    .orElse(facts);
        }
    }

    /** An {@link dev.agentos.spi.EmbeddingProvider}; its name is the provider's. */
    public record OfEmbeddings(String name, List<EmbeddingModelDescription> models, DeclaredFacts facts)
            implements Description {
        public OfEmbeddings {
            models = List.copyOf(models);
        }

        @Override
        public DeclaredFacts facts(String model) {
            return facts;
        }
    }

    /** A {@link dev.agentos.spi.NodeType}; its name is the type. */
    public record OfNodeType(String name, String description, JsonObject configurationSchema, Effect effect)
            implements Description {}

    /** A {@link dev.agentos.spi.ChannelReducer}; its name is the reducer's. */
    public record OfReducer(
            String name, String description, JsonObject valueSchema, JsonValue start, boolean orderIndependent)
            implements Description {}

    /** A {@link dev.agentos.spi.Protocol}; its name is the first part of its paths behind {@code /protocols/}. */
    public record OfProtocol(String name, String description) implements Description {}

    /** Static files; its name is the first part of their paths. */
    public record OfSite(String name) implements Description {}

    /**
     * An {@link dev.agentos.spi.AgentPack}; its name is the plugin's id.
     *
     * @param files agents whose graphs are still to be read
     */
    public record OfPack(
            String name,
            String title,
            String description,
            JsonObject configurationSchema,
            List<AgentDefinition> agents,
            List<AgentFile> files)
            implements Description {
        public OfPack {
            agents = List.copyOf(agents);
            files = List.copyOf(files);
        }
    }
}
