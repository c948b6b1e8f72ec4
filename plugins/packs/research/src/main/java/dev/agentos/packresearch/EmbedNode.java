package dev.agentos.packresearch;

import dev.agentos.spi.AgentOsExtension;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.NodeInput;
import dev.agentos.spi.NodeOutput;
import dev.agentos.spi.NodeType;
import java.util.List;

/** Embeds the passages and keeps the embeddings in the plugin's state. */
@AgentOsExtension
public final class EmbedNode implements NodeType {

    /** The node type; made by the host. */
    public EmbedNode() {}

    @Override
    public String type() {
        return "research.embed";
    }

    @Override
    public String description() {
        return "Embeds the channel passages, 16 at a time; writes to embedded which model, how many passages, and how"
                + " many were known already.";
    }

    @Override
    public JsonObject configurationSchema() {
        return JsonObject.of("type", "object", "properties", JsonObject.EMPTY, "additionalProperties", false);
    }

    @Override
    public Effect effect() {
        return Effect.IDEMPOTENT;
    }

    @Override
    public NodeOutput run(NodeInput input, CallContext call) {
        String model = Values.embeddingModel(call);
        boolean reuse = call.configuration().bool("reuseEmbeddings").orElse(true);
        List<String> texts = Values.objects(input.state(), "passages").stream()
                .map(passage -> passage.text("text").orElse(""))
                .toList();
        PassageEmbeddings.Count count = new PassageEmbeddings(call, model).embed(texts, reuse);
        return new NodeOutput(JsonObject.of(
                "embedded", JsonObject.of("model", model, "passages", count.texts(), "reused", count.reused())));
    }
}
