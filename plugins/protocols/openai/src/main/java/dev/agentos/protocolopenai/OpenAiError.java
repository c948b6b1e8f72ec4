package dev.agentos.protocolopenai;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.ProtocolResponse;
import dev.agentos.spi.TenantExecutions;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An error as OpenAI's API writes it.
 *
 * @param status the HTTP status
 * @param type the kind of error, as in {@code invalid_request_error}
 * @param code what exactly
 * @param parameter which member of the request is wrong; empty for none
 * @param message what is wrong and what to do
 */
record OpenAiError(int status, String type, String code, String parameter, String message) {

    private static final String INVALID = "invalid_request_error";
    private static final String SERVER = "server_error";
    private static final String RATE_LIMIT = "rate_limit_error";

    /** Refusals before anything has begun, because there is too much at the moment. */
    private static final Set<String> TOO_MUCH =
            Set.of("limits:RATE_LIMITED", "quotas:QUOTA_EXCEEDED", "quotas:QUEUE_FULL");

    /** A client of OpenAI's own obeys it; by itself it asks up to twice more after 408, 409, 429 and 5xx. */
    static final Map<String, List<String>> NOT_AGAIN = Map.of("x-should-retry", List.of("false"));

    /** A request that is refused. */
    static final class Refusal extends AgentOsException {

        private static final long serialVersionUID = 1L;

        private final transient OpenAiError error;

        private Refusal(OpenAiError error) {
            super(ErrorCode.of("openai", "REFUSED", ErrorType.USER, false), error.message(), "Correct the request.");
            this.error = error;
        }

        OpenAiError error() {
            return error;
        }
    }

    static Refusal refused(int status, String code, String parameter, String message) {
        return new Refusal(new OpenAiError(status, INVALID, code, parameter, message));
    }

    static Refusal invalid(String parameter, String message) {
        return refused(400, "invalid_value", parameter, message);
    }

    /** What the server refused or failed in. */
    static OpenAiError of(AgentOsException failure) {
        ErrorCode code = failure.errorCode();
        String message = failure.getMessage() + " " + failure.action();
        if (TOO_MUCH.contains(code.code())) {
            return new OpenAiError(429, RATE_LIMIT, code.code(), "", message);
        }
        int status = code.name().startsWith("UNKNOWN_")
                ? 404
                : switch (code.type()) {
                    case USER -> 400;
                    case DENIED -> 403;
                    case EXTERNAL -> 502;
                    case RESOURCES -> 503;
                    case INTERNAL -> 500;
                };
        String type =
                code.type() == ErrorType.USER ? INVALID : code.type() == ErrorType.DENIED ? "permission_error" : SERVER;
        return new OpenAiError(status, type, code.code(), "", message);
    }

    /** An execution that came to no answer. */
    static OpenAiError of(TenantExecutions.Status execution) {
        return switch (execution.state()) {
            case WAITING ->
                new OpenAiError(
                        409,
                        SERVER,
                        "execution_waits",
                        "",
                        "The execution " + execution.id()
                                + " waits for a person's answer, which this protocol cannot give; answer it with POST"
                                + " /api/v1/executions/" + execution.id() + "/resume.");
            case FAILED, CANCELLED, TIMED_OUT ->
                new OpenAiError(
                        execution.state() == TenantExecutions.State.TIMED_OUT ? 504 : 500,
                        SERVER,
                        execution.failure().map(TenantExecutions.Failure::code).orElse("execution_failed"),
                        "",
                        execution
                                .failure()
                                .map(failure -> failure.message() + " " + failure.action())
                                .orElse("The execution " + execution.id() + " was " + execution.state() + "."));
            default ->
                new OpenAiError(
                        504,
                        SERVER,
                        "execution_takes_too_long",
                        "",
                        "The execution " + execution.id() + " had not ended in time.");
        };
    }

    JsonObject json() {
        return JsonObject.of(
                "error",
                JsonObject.of(
                        "message",
                        message,
                        "type",
                        type,
                        "param",
                        parameter.isEmpty() ? JsonNull.NULL : parameter,
                        "code",
                        code));
    }

    ProtocolResponse response() {
        return ProtocolResponse.ofJson(status, json());
    }
}
