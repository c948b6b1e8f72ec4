package dev.agentos.langchain4jsupport;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.ChatListener;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.DeclaredFacts;
import dev.agentos.spi.ModelProvider;
import dev.agentos.spi.PluginContext;
import dev.langchain4j.model.chat.StreamingChatModel;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * A provider of chat models made of a langchain4j integration. A subclass names itself, lists models and builds the
 * streaming model, with retries off and the HTTP client given rather than looked up: the host retries, and a look-up
 * depends on the thread's class loader.
 */
public abstract class LangChainModelProvider implements ModelProvider {

    /** One for each tenant that has settings of its own; what the host has let go of, goes. */
    private final Map<PluginContext, Built> models = Collections.synchronizedMap(new WeakHashMap<>());

    private record Built(Object settings, StreamingChatModel model, Duration longestSilence) {}

    private volatile DeclaredFacts facts = DeclaredFacts.NONE;

    /** For subclasses. */
    protected LangChainModelProvider() {}

    /** What is usually so of the models where that configuration leads, unless {@code facts} in it say otherwise. */
    protected DeclaredFacts usualFacts(PluginContext context) {
        return DeclaredFacts.NONE;
    }

    /** A subclass that prepares something calls this as well. */
    @Override
    public void start(PluginContext context) {
        facts = ConfiguredFacts.of(provider(), context).orElseGet(() -> usualFacts(context));
    }

    @Override
    public final DeclaredFacts facts() {
        return facts;
    }

    /**
     * Builds the model for the first request of a tenant, and anew when its settings have changed; the name of the
     * model comes with each. What is missing fails that request and not the plugin's start: an administrator configures
     * a plugin that is installed.
     *
     * @param context as the tenant has it
     * @throws AgentOsException if something is missing, as a key
     */
    protected abstract StreamingChatModel create(PluginContext context);

    /**
     * What the model is built from; read for each request, and the model is built anew when it is another. A subclass
     * that reads secrets returns them too, in a record for example: a secret may change while a plugin is started.
     *
     * @param context as the tenant has it
     * @return compared by {@code equals}
     * @throws AgentOsException if something is missing, as a key
     */
    protected Object settings(PluginContext context) {
        return context.configuration();
    }

    /** For how long a model may say nothing, at the beginning of an answer or in the middle. */
    protected Duration longestSilence(PluginContext context) {
        return Duration.ofSeconds(60);
    }

    @Override
    public void stop() {
        models.clear();
    }

    private Built model(PluginContext lent) {
        Object settings = settings(lent);
        return models.compute(
                lent,
                (context, built) -> built != null && built.settings().equals(settings)
                        ? built
                        : new Built(settings, create(context), longestSilence(context)));
    }

    @Override
    public final ChatResponse chat(ChatRequest request, ChatListener listener, CallContext call) {
        ProviderFailures failures = new ProviderFailures(provider());
        Conversion conversion = new Conversion(provider(), request.tools());
        try {
            Built started = model(call.plugin());
            StreamedAnswer answer = new StreamedAnswer(listener, call, failures, started.longestSilence());
            var asked = conversion.request(request);
            answer.asked(() -> started.model().chat(asked, answer));
            return conversion.response(finished(answer.await(), failures));
        } catch (RuntimeException e) {
            throw failures.of(e);
        }
    }

    /** A stream that a proxy cuts often looks as if it had ended; only a finished answer says why it ended. */
    private static dev.langchain4j.model.chat.response.ChatResponse finished(
            dev.langchain4j.model.chat.response.ChatResponse response, ProviderFailures failures) {
        if (response.finishReason() == null) {
            throw failures.of(new IOException("The stream ended before the answer was finished"));
        }
        return response;
    }
}
