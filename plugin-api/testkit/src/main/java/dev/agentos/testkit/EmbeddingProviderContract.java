package dev.agentos.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Embedding;
import dev.agentos.spi.EmbeddingModelDescription;
import dev.agentos.spi.EmbeddingProvider;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.EmbeddingResponse;
import dev.agentos.spi.ErrorType;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** What every provider of embedding models keeps. */
public abstract class EmbeddingProviderContract {

    private static final List<String> TEXTS = List.of("A cat sleeps.", "The invoice is due.", "Rain falls on hills.");

    /** The provider under test, started. */
    protected abstract EmbeddingProvider provider();

    /** The model to be tested. */
    protected abstract EmbeddingModelDescription model();

    /** The context of each call; to be overridden by a provider that needs settings. */
    protected FakeCallContext context() {
        return FakeCallContext.create();
    }

    @Test
    void namesItselfAndItsModels() {
        assertThat(provider().provider()).matches("[a-z][a-z0-9-]*");
        assertThat(provider().models()).contains(model()).allSatisfy(model -> {
            assertThat(model.description()).isNotBlank();
            assertThat(model.dimensions()).isPositive();
        });
    }

    @Test
    void answersOneEmbeddingForEachTextInOrder() {
        List<Embedding> together = embed(TEXTS).embeddings();
        assertThat(together)
                .hasSize(TEXTS.size())
                .allSatisfy(embedding -> assertThat(embedding.dimensions()).isEqualTo(model().dimensions()));
        for (int i = 0; i < TEXTS.size(); i++) {
            Embedding alone = embed(List.of(TEXTS.get(i))).embeddings().getFirst();
            assertThat(alone.cosine(together.get(i))).isCloseTo(1, Offset.offset(0.02));
        }
    }

    @Test
    void answersSeveralThreadsAtOnce() throws Exception {
        EmbeddingProvider provider = provider();
        EmbeddingRequest request = new EmbeddingRequest(model().id(), TEXTS);
        List<EmbeddingResponse> responses = Concurrently.call(() -> provider.embed(request, context()));
        assertThat(responses)
                .allSatisfy(response -> assertThat(response.embeddings()).hasSize(TEXTS.size()));
    }

    @Test
    void refusesAModelThatIsNotThere() {
        EmbeddingProvider provider = provider();
        assertThatThrownBy(() -> provider.embed(new EmbeddingRequest("no-such-model", TEXTS), context()))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        failure -> assertThat(failure.errorCode().type()).isEqualTo(ErrorType.USER));
    }

    private EmbeddingResponse embed(List<String> texts) {
        return provider().embed(new EmbeddingRequest(model().id(), texts), context());
    }
}
