package dev.agentos.packresearch;

import dev.agentos.providerlocal.ExtractiveModelProvider;
import dev.agentos.providerlocal.LocalEmbeddingProvider;
import dev.agentos.spi.ChatOptions;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.Content;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.Message;
import dev.agentos.spi.NodeInput;
import dev.agentos.spi.NodeType;
import dev.agentos.testkit.FakeCallContext;
import dev.agentos.testkit.FakePluginContext;
import dev.agentos.tooldocuments.ReadTool;
import dev.agentos.tooldocuments.SplitTool;
import java.util.ArrayList;
import java.util.List;

/** Walks the research graph's nodes in order, with the real local provider and the real tools. */
final class ResearchFlow implements AutoCloseable {

    private final LocalEmbeddingProvider embeddings = new LocalEmbeddingProvider();
    private final ExtractiveModelProvider model = new ExtractiveModelProvider();

    ResearchFlow() {
        embeddings.start(FakePluginContext.of("provider-local"));
        model.start(FakePluginContext.of("provider-local"));
    }

    FakeCallContext call() {
        return FakeCallContext.create()
                .offering(embeddings, model, new ReadTool(), new SplitTool())
                .configured(new ResearchPack().agents().getFirst().configuration());
    }

    JsonObject run(JsonObject input, FakeCallContext call) {
        JsonObject state = input;
        for (NodeType node : List.of(new IngestNode(), new EmbedNode(), new RetrieveNode())) {
            state = step(node, state, call);
        }
        return step(new CheckNode(), state.with("answer", answer(state, call)), call);
    }

    static JsonObject step(NodeType node, JsonObject state, FakeCallContext call) {
        NodeInput input = new NodeInput(node.type(), JsonObject.EMPTY, state);
        return state.overlaidBy(node.run(input, call).writes());
    }

    private static JsonString answer(JsonObject state, FakeCallContext call) {
        List<Content> content = new ArrayList<>();
        content.add(new Content.Text(state.text("question").orElseThrow()));
        for (JsonObject passage : Values.objects(state, "retrieved")) {
            content.add(new Content.Passage(
                    passage.text("id").orElseThrow(),
                    passage.text("source").orElseThrow(),
                    passage.text("text").orElseThrow()));
        }
        ChatRequest request = new ChatRequest(
                "local/extractive", List.of(new Message.User(content)), List.of(), ChatOptions.DEFAULTS);
        return new JsonString(call.models().chat(request, text -> {}).message().text());
    }

    @Override
    public void close() {
        model.stop();
        embeddings.stop();
    }
}
