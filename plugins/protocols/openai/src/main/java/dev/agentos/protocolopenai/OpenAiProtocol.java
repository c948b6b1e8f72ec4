package dev.agentos.protocolopenai;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.AgentOsExtension;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Protocol;
import dev.agentos.spi.ProtocolRequest;
import dev.agentos.spi.ProtocolResponse;
import dev.agentos.spi.ResponseStream;
import dev.agentos.spi.TenantExecutions;
import java.util.List;
import java.util.Optional;

/** The protocol {@code openai}: {@code /v1/models} and {@code /v1/chat/completions}. */
@AgentOsExtension
public final class OpenAiProtocol implements Protocol {

    static final String NAME = "openai";

    /** The protocol; made by the host. */
    public OpenAiProtocol() {}

    @Override
    public String protocol() {
        return NAME;
    }

    @Override
    public String description() {
        return "The chat completions of OpenAI, for programs that know them: each agent is a model.";
    }

    @Override
    public Optional<ProtocolResponse> answer(
            ProtocolRequest request, ResponseStream stream, TenantExecutions executions, CallContext call) {
        try {
            return routed(request, stream, executions, call);
        } catch (OpenAiError.Refusal refusal) {
            return Optional.of(refusal.error().response());
        } catch (AgentOsException failure) {
            if (call.cancelled()) {
                throw failure;
            }
            return Optional.of(OpenAiError.of(failure).response());
        }
    }

    private static Optional<ProtocolResponse> routed(
            ProtocolRequest request, ResponseStream stream, TenantExecutions executions, CallContext call) {
        String path = request.path();
        if (path.equals("/v1/models")) {
            require(request, "GET");
            return json(JsonObject.of(
                    "object",
                    "list",
                    "data",
                    executions.agents().stream().map(OpenAiProtocol::model).toList()));
        }
        if (path.startsWith("/v1/models/")) {
            require(request, "GET");
            return json(model(agent(executions, path.substring("/v1/models/".length()))));
        }
        if (path.equals("/v1/chat/completions")) {
            require(request, "POST");
            ChatTask task = ChatTask.of(request);
            return new ChatCompletion(task, agent(executions, task.model()), executions, call).answer(stream);
        }
        throw OpenAiError.refused(
                404,
                "unknown_url",
                "",
                "There is no " + path + " here; there are /v1/models and /v1/chat/completions.");
    }

    private static Optional<ProtocolResponse> json(JsonObject body) {
        return Optional.of(ProtocolResponse.ofJson(200, body));
    }

    private static void require(ProtocolRequest request, String method) {
        if (!request.method().equals(method)) {
            throw OpenAiError.refused(
                    405,
                    "method_not_supported",
                    "",
                    request.path() + " takes " + method + ", not " + request.method() + ".");
        }
    }

    private static TenantExecutions.Agent agent(TenantExecutions executions, String id) {
        List<TenantExecutions.Agent> agents = executions.agents();
        return agents.stream()
                .filter(agent -> agent.id().equals(id))
                .findFirst()
                .orElseThrow(() -> OpenAiError.refused(
                        404,
                        "model_not_found",
                        "model",
                        "The model '" + id + "' does not exist for this key; GET /v1/models lists those that do."));
    }

    private static JsonObject model(TenantExecutions.Agent agent) {
        // An agent has no date of birth; clients want a number.
        return JsonObject.of(
                "id",
                agent.id(),
                "object",
                "model",
                "created",
                0,
                "owned_by",
                agent.id().substring(0, Math.max(0, agent.id().indexOf('/'))));
    }
}
