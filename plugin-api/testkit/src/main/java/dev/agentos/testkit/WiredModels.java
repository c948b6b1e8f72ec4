package dev.agentos.testkit;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChatListener;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.EmbeddingProvider;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.EmbeddingResponse;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.ModelProvider;
import dev.agentos.spi.Models;
import dev.agentos.spi.PermissionKind;

/** Models of the extensions that a fake call offers. */
record WiredModels(FakeCallContext call) implements Models {

    @Override
    public ChatResponse chat(ChatRequest request, ChatListener listener) {
        call.check(PermissionKind.MODEL_INVOKE, request.model());
        Name name = Name.of(request.model());
        return call.offered(ModelProvider.class).stream()
                .filter(provider -> provider.provider().equals(name.provider))
                .findFirst()
                .orElseThrow(() -> unknown(request.model()))
                .chat(request.withModel(name.model), listener, call);
    }

    @Override
    public EmbeddingResponse embed(EmbeddingRequest request) {
        call.check(PermissionKind.MODEL_INVOKE, request.model());
        Name name = Name.of(request.model());
        return call.offered(EmbeddingProvider.class).stream()
                .filter(provider -> provider.provider().equals(name.provider))
                .findFirst()
                .orElseThrow(() -> unknown(request.model()))
                .embed(request.withModel(name.model), call);
    }

    private static AgentOsException unknown(String model) {
        return FakeCallContext.failure(
                "model", "UNKNOWN_MODEL", ErrorType.USER, "No extension offers the model " + model + ".");
    }

    private record Name(String provider, String model) {

        static Name of(String text) {
            int slash = text.indexOf('/');
            if (slash < 0) {
                throw unknown(text);
            }
            return new Name(text.substring(0, slash), text.substring(slash + 1));
        }
    }
}
