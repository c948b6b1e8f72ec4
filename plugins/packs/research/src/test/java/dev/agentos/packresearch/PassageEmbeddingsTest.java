package dev.agentos.packresearch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.CallContext;
import dev.agentos.spi.Embedding;
import dev.agentos.spi.EmbeddingModelDescription;
import dev.agentos.spi.EmbeddingProvider;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.EmbeddingResponse;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.Usage;
import dev.agentos.testkit.FakeCallContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PassageEmbeddingsTest {

    private final Played played = new Played();
    private final FakeCallContext call = FakeCallContext.create().offering(played);
    private final PassageEmbeddings embeddings = new PassageEmbeddings(call, "played/large");

    /** A model whose embeddings are as large as those of the largest models. */
    private static final class Played implements EmbeddingProvider {
        private final List<Integer> batches = new ArrayList<>();

        @Override
        public String provider() {
            return "played";
        }

        @Override
        public List<EmbeddingModelDescription> models() {
            return List.of(new EmbeddingModelDescription("large", "For tests.", 3_072));
        }

        @Override
        public EmbeddingResponse embed(EmbeddingRequest request, CallContext context) {
            batches.add(request.texts().size());
            return new EmbeddingResponse(
                    request.texts().stream().map(Played::embedding).toList(), new Usage(1, 0));
        }

        private static Embedding embedding(String text) {
            float[] vector = new float[3_072];
            vector[0] = text.hashCode();
            return Embedding.of(vector);
        }
    }

    private static List<String> texts(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "text " + i).toList();
    }

    @Test
    void theNewestTakeTheRoomOfTheOldest() {
        call.keepingAtMost(1_100, 64L << 20);
        for (int from = 0; from < 6_000; from += 500) {
            embeddings.embed(texts(from, from + 500), true);
        }
        assertThat(embeddings.embed(texts(5_900, 6_000), true).reused()).isGreaterThan(80);
        assertThat(embeddings.embed(texts(0, 500), true).reused()).isLessThan(250);
    }

    @Test
    void whatIsNotKeptIsComputedAFewAtATime() {
        call.keepingAtMost(0, 0);
        assertThat(embeddings.embed(texts(0, 40), true)).isEqualTo(new PassageEmbeddings.Count(40, 0));
        List<String> asked = new ArrayList<>(texts(0, 40));
        asked.add("text 3");
        played.batches.clear();
        assertThat(embeddings.of(asked))
                .extracting(embedding -> embedding.vector()[0])
                .containsExactlyElementsOf(
                        asked.stream().map(text -> (float) text.hashCode()).toList());
        assertThat(played.batches).containsExactly(16, 16, 8);
    }

    @Test
    void whatWasKeptOnceUnderAKeyOfItsOwnGivesRoom() {
        embeddings.embed(texts(0, 1), true);
        String digest = call.state().all().values().iterator().next().toString().substring(2, 66);
        call.state().remove(call.state().all().keySet());
        call.state().put(Map.of("embedding/" + digest, JsonNull.NULL));
        call.keepingAtMost(1, 64L << 20);
        embeddings.embed(texts(0, 1), true);
        assertThat(embeddings.embed(texts(0, 1), true).reused()).isOne();
        assertThat(call.state().all()).hasSize(1).doesNotContainKey("embedding/" + digest);
    }
}
