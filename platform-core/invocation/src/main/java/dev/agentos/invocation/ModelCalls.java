package dev.agentos.invocation;

import dev.agentos.invocation.internal.ModelName;
import dev.agentos.invocation.internal.PolicyCall;
import dev.agentos.limits.Budgets;
import dev.agentos.pluginruntime.PluginVersion;
import dev.agentos.redaction.ChatRedaction;
import dev.agentos.spi.ChatListener;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.EmbeddingProvider;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.EmbeddingResponse;
import dev.agentos.spi.ModelProvider;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Calls of models: which one is asked, what the rules replace in it, what it may cost, and what passes of its answer.
 */
final class ModelCalls {

    private final Invocation door;
    private final PolicyGate policy;
    private final ModelRoutes routes;
    private final ModelSpending spending;
    private final Duration longest;
    private final InstantSource clock;

    /**
     * Calls through that door.
     *
     * @param longest how long a model may take
     */
    ModelCalls(
            Invocation door,
            PolicyGate policy,
            ModelRoutes routes,
            Budgets budgets,
            Duration longest,
            InstantSource clock) {
        this.door = door;
        this.policy = policy;
        this.routes = routes;
        this.spending = new ModelSpending(budgets);
        this.longest = longest;
        this.clock = clock;
    }

    ChatRequest routed(CallScope scope, ChatRequest request, Optional<Caller> caller) {
        return routes.chat(scope, caller, request);
    }

    /** Asks the model that the request names, wherever rules would send it. */
    ChatResponse chat(CallScope scope, ChatRequest request, ChatListener listener, Optional<Caller> caller) {
        ModelName name = ModelName.of(request.model());
        CallTarget<ModelProvider> target = CallTarget.ofModel(ModelProvider.class, name);
        CallScope bounded = modelled(scope);
        PolicyCall asked = PolicyCall.ofChat(
                bounded,
                Invocation.id(caller),
                Optional.of(door.policed(bounded, target, caller).plugin()),
                request);
        ChatRequest passing = policy.require(asked, request, ChatRedaction::request);
        OutputScreen screen = policy.screen(asked);
        ChatResponse response = screen.around(() -> spending.chat(
                bounded,
                passing,
                screen.hearing(listener),
                (within, heard) -> door.call(bounded, target, caller, (provider, context) -> {
                    ChatListener guarded = text -> {
                        if (!text.isEmpty() && !context.cancelled()) {
                            heard.onText(text);
                        }
                    };
                    return provider.chat(within.withModel(name.model()), guarded, context);
                })));
        if (!clock.instant().isBefore(bounded.deadline())) {
            // What a model returns because it was told to stop is cut short, and no answer.
            throw Invocation.late(target, bounded);
        }
        return screen.passed(response);
    }

    EmbeddingResponse embed(CallScope scope, EmbeddingRequest asked, Optional<Caller> caller) {
        EmbeddingRequest request = routes.embedding(scope, caller, asked);
        ModelName name = ModelName.of(request.model());
        CallTarget<EmbeddingProvider> target = CallTarget.ofModel(EmbeddingProvider.class, name);
        PluginVersion plugin = door.policed(scope, target, caller).plugin();
        EmbeddingRequest passing = policy.require(
                PolicyCall.ofEmbedding(scope, Invocation.id(caller), Optional.of(plugin), request),
                request,
                ChatRedaction::request);
        EmbeddingRequest inner = passing.withModel(name.model());
        return spending.embed(
                scope,
                passing,
                within -> door.call(
                        modelled(scope), target, caller, (provider, context) -> provider.embed(inner, context)));
    }

    /** An answer that does not end must not keep its execution until the execution's own deadline. */
    private CallScope modelled(CallScope scope) {
        return scope.until(clock.instant().plus(longest));
    }
}
