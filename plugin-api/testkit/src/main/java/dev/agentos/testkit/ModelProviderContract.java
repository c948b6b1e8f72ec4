package dev.agentos.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.ModelDescription;
import dev.agentos.spi.ModelProvider;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What every provider of chat models keeps. */
public abstract class ModelProviderContract {

    /** The provider under test, started, ready to answer {@link #goodRequest()} at least five times. */
    protected abstract ModelProvider provider();

    /** A request that the provider answers with text. */
    protected abstract ChatRequest goodRequest();

    /** Whether a model's name that is not listed is refused before anything is sent. */
    protected boolean refusesUnlistedModels() {
        return true;
    }

    /** The context of each call; to be overridden by a provider that needs settings. */
    protected FakeCallContext context() {
        return FakeCallContext.create();
    }

    @Test
    void namesItselfAndItsModels() {
        assertThat(provider().provider()).matches("[a-z][a-z0-9-]*");
        List<ModelDescription> models = provider().models();
        assertThat(models)
                .extracting(ModelDescription::id)
                .doesNotHaveDuplicates()
                .allMatch(id -> !id.isBlank());
        assertThat(models).allSatisfy(model -> {
            assertThat(model.description()).isNotBlank();
            assertThat(model.contextTokens()).isNotNegative();
        });
    }

    @Test
    void whatIsStreamedIsTheAnswer() {
        StringBuilder streamed = new StringBuilder();
        ChatResponse response = provider()
                .chat(
                        goodRequest(),
                        text -> {
                            assertThat(text).isNotEmpty();
                            streamed.append(text);
                        },
                        context());
        assertThat(response.message().text()).isNotBlank();
        assertThat(streamed.isEmpty() ? response.message().text() : streamed.toString())
                .isEqualTo(response.message().text());
        assertThat(response.usage().inputTokens()).isNotNegative();
        assertThat(response.usage().outputTokens()).isNotNegative();
    }

    @Test
    void answersSeveralThreadsAtOnce() throws Exception {
        ModelProvider provider = provider();
        assertThat(Concurrently.call(() -> provider.chat(goodRequest(), text -> {}, context())))
                .allSatisfy(response -> assertThat(response.message().text()).isNotBlank());
    }

    @Test
    void refusesAModelThatIsNotThere() {
        if (!refusesUnlistedModels()) {
            return;
        }
        ModelProvider provider = provider();
        assertThatThrownBy(() -> provider.chat(goodRequest().withModel("no-such-model"), text -> {}, context()))
                .isInstanceOfSatisfying(AgentOsException.class, failure -> {
                    assertThat(failure.errorCode().type()).isEqualTo(ErrorType.USER);
                    assertThat(failure.errorCode().retriable()).isFalse();
                    assertThat(failure.action()).isNotBlank();
                });
    }
}
