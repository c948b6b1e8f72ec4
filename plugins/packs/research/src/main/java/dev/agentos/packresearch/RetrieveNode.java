package dev.agentos.packresearch;

import dev.agentos.spi.AgentOsExtension;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.Effect;
import dev.agentos.spi.Embedding;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeInput;
import dev.agentos.spi.NodeOutput;
import dev.agentos.spi.NodeType;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** Finds the passages that are nearest to the question and gives them the ids by which they are cited. */
@AgentOsExtension
public final class RetrieveNode implements NodeType {

    /** The node type; made by the host. */
    public RetrieveNode() {}

    @Override
    public String type() {
        return "research.retrieve";
    }

    @Override
    public String description() {
        return "Ranks the channel passages by their nearness to the channel question; writes the nearest to retrieved,"
                + " with ids from p1.";
    }

    @Override
    public JsonObject configurationSchema() {
        return JsonObject.of("type", "object", "properties", JsonObject.EMPTY, "additionalProperties", false);
    }

    @Override
    public Effect effect() {
        return Effect.PURE;
    }

    @Override
    public NodeOutput run(NodeInput input, CallContext call) {
        String question = Values.text(input.state(), "question");
        List<JsonObject> passages = Values.objects(input.state(), "passages");
        List<String> texts = passages.stream()
                .map(passage -> passage.text("text").orElse(""))
                .toList();
        int most = call.configuration()
                .number("passages")
                .map(number -> number.value().intValue())
                .orElse(Values.DEFAULT_PASSAGES);
        PassageEmbeddings embeddings = new PassageEmbeddings(call, Values.embeddingModel(call));
        Embedding asked = embeddings.computed(List.of(question)).getFirst();
        double[] scores = embeddings.of(texts).stream()
                .mapToDouble(embedding -> embedding.cosine(asked))
                .toArray();
        List<JsonValue> nearest = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (int i : ranked(scores)) {
            if (nearest.size() < most && seen.add(texts.get(i))) {
                nearest.add(retrieved(passages.get(i), nearest.size() + 1, scores[i]));
            }
        }
        return new NodeOutput(JsonObject.of("retrieved", new JsonArray(nearest)));
    }

    private static List<Integer> ranked(double[] scores) {
        return IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -scores[i]))
                .toList();
    }

    private static JsonObject retrieved(JsonObject passage, int rank, double score) {
        return JsonObject.of("id", "p" + rank)
                .overlaidBy(passage)
                .with("score", BigDecimal.valueOf(score).setScale(4, RoundingMode.HALF_EVEN));
    }
}
