package dev.agentos.invocation;

import dev.agentos.invocation.internal.ModelName;
import dev.agentos.invocation.internal.ModelTokens;
import dev.agentos.invocation.internal.PolicyCall;
import dev.agentos.pluginruntime.ExtensionListing;
import dev.agentos.pluginruntime.ExtensionRegistry;
import dev.agentos.policy.Decision;
import dev.agentos.policy.PolicyErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.EmbeddingModelDescription;
import dev.agentos.spi.EmbeddingProvider;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.ExtensionPoint;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.ModelDescription;
import dev.agentos.spi.ModelProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Decides which model is asked. The rules are asked once, about what was asked for: what they choose is not routed
 * again, so that no rule can send a call round in a circle.
 */
final class ModelRoutes {

    private final ExtensionRegistry extensions;
    private final TenantPlugins tenants;
    private final PolicyGate policy;

    ModelRoutes(ExtensionRegistry extensions, TenantPlugins tenants, PolicyGate policy) {
        this.extensions = extensions;
        this.tenants = tenants;
        this.policy = policy;
    }

    /**
     * The request as it is to be made.
     *
     * @throws AgentOsException {@code policy:DENIED}, {@code policy:NO_ROUTE}
     */
    ChatRequest chat(CallScope scope, Optional<Caller> caller, ChatRequest request) {
        return routed(
                caller,
                PolicyCall.ofChat(scope, id(caller), provider(ModelProvider.class, request.model()), request),
                request,
                request::withModel,
                (candidate, name) -> offer(scope, ModelProvider.class, name)
                        .map(listing -> misfit(listing, name, candidate)
                                .or(() ->
                                        refused(PolicyCall.ofChat(scope, id(caller), Optional.of(listing), candidate))))
                        .orElse(Optional.of("there is no such chat model for the tenant")),
                ModelProvider.class);
    }

    /** The same for texts to be embedded. */
    EmbeddingRequest embedding(CallScope scope, Optional<Caller> caller, EmbeddingRequest request) {
        return routed(
                caller,
                PolicyCall.ofEmbedding(scope, id(caller), provider(EmbeddingProvider.class, request.model()), request),
                request,
                request::withModel,
                (candidate, name) -> offer(scope, EmbeddingProvider.class, name)
                        .map(listing -> misfit(listing, name, request)
                                .or(() -> refused(
                                        PolicyCall.ofEmbedding(scope, id(caller), Optional.of(listing), candidate))))
                        .orElse(Optional.of("there is no such embedding model for the tenant")),
                EmbeddingProvider.class);
    }

    /** Why a model cannot be asked; empty when it can. */
    @FunctionalInterface
    private interface Objection<R> {
        Optional<String> of(R candidate, ModelName name);
    }

    private <R, P extends ExtensionPoint> R routed(
            Optional<Caller> caller,
            PolicyCall asked,
            R request,
            Function<String, R> withModel,
            Objection<R> objection,
            Class<P> point) {
        Decision decision = policy.routed(asked);
        if (decision.route().isEmpty()) {
            return request;
        }
        // What a plugin may not ask for it may not have sent elsewhere either.
        caller.ifPresent(one -> CallTarget.ofModel(point, ModelName.of(asked.name()))
                .act()
                .ifPresent(act -> one.grants().require(act)));
        Decision.Match match = decision.route().get();
        List<String> objections = new ArrayList<>();
        for (String model : match.rule().terms().route()) {
            R candidate = withModel.apply(model);
            ModelName name = ModelName.of(model);
            Optional<String> against =
                    objection.of(candidate, name).or(() -> ungranted(caller, CallTarget.ofModel(point, name)));
            if (against.isEmpty()) {
                if (!model.equals(asked.name())) {
                    policy.tell(
                            asked,
                            "route",
                            JsonObject.of(
                                    "from", asked.name(),
                                    "to", model,
                                    "owner", match.owner(),
                                    "policy", match.policy(),
                                    "version", match.version(),
                                    "rule", match.rule().id(),
                                    "reason", match.rule().reason()));
                }
                return candidate;
            }
            objections.add("'" + model + "' (" + against.get() + ")");
        }
        throw new AgentOsException(
                PolicyErrorCode.NO_ROUTE,
                "The " + match.named() + " sends calls of '" + asked.name() + "' to a model that cannot be asked: "
                        + String.join(", ", objections) + ".",
                "Ask whoever administers the policy to name a model that can; GET /api/v1/models lists them.");
    }

    private <P extends ExtensionPoint> Optional<ExtensionListing> offer(
            CallScope scope, Class<P> point, ModelName name) {
        return extensions
                .find(point, name.provider())
                .filter(listing ->
                        tenants.enabled(scope.tenant(), listing.plugin().plugin()));
    }

    private Optional<ExtensionListing> provider(Class<? extends ExtensionPoint> point, String model) {
        return extensions.find(point, ModelName.of(model).provider());
    }

    /** What a provider says of a model that it knows; of others nothing is known. */
    private static Optional<String> misfit(ExtensionListing listing, ModelName name, ChatRequest request) {
        Optional<ModelDescription> known = ((ExtensionListing.OfModels) listing.description())
                .models().stream().filter(one -> one.id().equals(name.model())).findFirst();
        if (known.filter(one -> !one.tools()).isPresent() && !request.tools().isEmpty()) {
            return Optional.of("it cannot call tools");
        }
        long tokens = ModelTokens.likely(request, 0).inputTokens();
        return known.map(ModelDescription::contextTokens)
                .filter(most -> most > 0 && most < tokens)
                .map(most -> "it takes " + most + " tokens, and these are about " + tokens);
    }

    /** Embeddings of two models fit together when they are of one length, at the least. */
    private Optional<String> misfit(ExtensionListing listing, ModelName name, EmbeddingRequest request) {
        ModelName from = ModelName.of(request.model());
        Optional<Integer> wanted =
                extensions.find(EmbeddingProvider.class, from.provider()).flatMap(one -> dimensions(one, from));
        return dimensions(listing, name)
                .filter(given -> wanted.filter(one -> !one.equals(given)).isPresent())
                .map(given -> "its embeddings have " + given + " dimensions and not " + wanted.orElse(0));
    }

    private static Optional<Integer> dimensions(ExtensionListing listing, ModelName name) {
        return ((ExtensionListing.OfEmbeddings) listing.description())
                .models().stream()
                        .filter(one -> one.id().equals(name.model()))
                        .findFirst()
                        .map(EmbeddingModelDescription::dimensions);
    }

    private Optional<String> refused(PolicyCall candidate) {
        return policy.denies(candidate) ? Optional.of("a rule denies it") : Optional.empty();
    }

    private static Optional<String> ungranted(Optional<Caller> caller, CallTarget<?> target) {
        boolean granted = caller.isEmpty()
                || target.act().isEmpty()
                || caller.get().grants().allows(target.act().get());
        return granted ? Optional.empty() : Optional.of("the plugin that calls was not granted it");
    }

    private static Optional<String> id(Optional<Caller> caller) {
        return caller.map(one -> one.grants().plugin().plugin());
    }
}
