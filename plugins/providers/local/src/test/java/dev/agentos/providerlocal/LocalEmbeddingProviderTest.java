package dev.agentos.providerlocal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Embedding;
import dev.agentos.spi.EmbeddingModelDescription;
import dev.agentos.spi.EmbeddingProvider;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.testkit.EmbeddingProviderContract;
import dev.agentos.testkit.FakeCallContext;
import dev.agentos.testkit.FakePluginContext;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LocalEmbeddingProviderTest extends EmbeddingProviderContract {

    private final LocalEmbeddingProvider provider = new LocalEmbeddingProvider();

    @BeforeEach
    void start() {
        provider.start(FakePluginContext.of("provider-local"));
    }

    @AfterEach
    void stop() {
        provider.stop();
    }

    @Override
    protected EmbeddingProvider provider() {
        return provider;
    }

    @Override
    protected EmbeddingModelDescription model() {
        return LocalEmbeddingProvider.MODEL;
    }

    @Test
    void aParaphraseIsNearerThanAnotherSubject() {
        List<Embedding> embeddings = embed(
                "How do I get my money back?",
                "Customers may ask for a refund within thirty days.",
                "The reactor core is cooled with liquid sodium.");
        double paraphrase = embeddings.get(0).cosine(embeddings.get(1));
        double other = embeddings.get(0).cosine(embeddings.get(2));
        assertThat(paraphrase).isGreaterThan(0.4);
        assertThat(other).isLessThan(0.2);
    }

    @Test
    void anyTextIsEmbedded() {
        assertThat(embed("", " ", "日本語のテキスト", "x".repeat(10_000), "word ".repeat(5_000), "👩‍🚀 naïve café"))
                .hasSize(6)
                .allSatisfy(embedding -> assertThat(embedding.cosine(embedding)).isBetween(0.999, 1.001));
    }

    @Test
    void unloadsWithTheLastUserAndLoadsAgain() {
        ExtractiveModelProvider second = new ExtractiveModelProvider();
        second.start(FakePluginContext.of("provider-local"));
        embed("a text");
        provider.stop();
        assertThat(SharedEmbedder.instance().isLoaded()).isTrue();
        second.stop();
        assertThat(SharedEmbedder.instance().isLoaded()).isFalse();
        provider.start(FakePluginContext.of("provider-local"));
        assertThat(embed("a text")).hasSize(1);
    }

    @Test
    void aCancelledCallStops() {
        FakeCallContext call = FakeCallContext.create();
        call.cancel();
        EmbeddingRequest request = new EmbeddingRequest(model().id(), Collections.nCopies(500, "A sentence."));
        assertThatThrownBy(() -> provider.embed(request, call))
                .isInstanceOf(AgentOsException.class)
                .hasMessageContaining("cancelled after 0 of 500");
    }

    private List<Embedding> embed(String... texts) {
        return provider.embed(new EmbeddingRequest(model().id(), List.of(texts)), FakeCallContext.create())
                .embeddings();
    }
}
