package dev.agentos.langchain4jsupport;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.ContentFilteredException;
import dev.langchain4j.exception.HttpException;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.exception.UnresolvedModelServerException;
import java.io.IOException;
import java.net.http.HttpTimeoutException;

/**
 * Turns langchain4j's exceptions into failures of a provider: {@code <provider>:RATE_LIMITED} and so on. The provider's
 * own words stay in the cause, which is logged and not shown: they may repeat the prompt.
 *
 * @param provider the provider's name
 */
public record ProviderFailures(String provider) {

    /** The failure that an exception stands for. */
    public AgentOsException of(Throwable thrown) {
        return switch (thrown) {
            case AgentOsException known -> known;
            case RateLimitException limited -> rateLimited(limited);
            case AuthenticationException refused ->
                failure(
                        "AUTHENTICATION",
                        ErrorType.EXTERNAL,
                        false,
                        "refused the key",
                        "Check the key and what it is allowed to use.",
                        refused);
            case TimeoutException slow -> timeout(slow);
            case HttpTimeoutException slow -> timeout(slow);
            case java.util.concurrent.TimeoutException slow -> timeout(slow);
            case ModelNotFoundException unknown ->
                failure(
                        "UNKNOWN_MODEL",
                        ErrorType.USER,
                        false,
                        "does not know the model",
                        "Ask for a model that the provider offers to this key.",
                        unknown);
            case ContentFilteredException filtered ->
                failure(
                        "CONTENT_FILTERED",
                        ErrorType.USER,
                        false,
                        "withheld the answer",
                        "Change the request; the provider's content policy forbids it.",
                        filtered);
            case InvalidRequestException wrong ->
                failure(
                        "INVALID_REQUEST",
                        ErrorType.USER,
                        false,
                        "refused the request as invalid",
                        "Check the model's options, the tools' schemas and the length of the chat.",
                        wrong);
            case UnresolvedModelServerException unreachable -> unavailable(unreachable);
            case InternalServerException broken -> unavailable(broken);
            case HttpException http -> ofStatus(http);
            case IOException broken -> unavailable(broken);
            default -> ofCause(thrown);
        };
    }

    /** The call was cancelled, its deadline passed, or its thread was interrupted. */
    public AgentOsException cancelled() {
        return failure(
                "CANCELLED",
                ErrorType.USER,
                false,
                "was stopped, as the call was cancelled or its deadline passed",
                "Start it again if it is still wanted, with a later deadline.",
                new InterruptedException());
    }

    private AgentOsException ofStatus(HttpException http) {
        return switch (http.statusCode()) {
            case 401, 403 -> of(new AuthenticationException(http));
            case 404 -> of(new ModelNotFoundException(http));
            case 408 -> timeout(http);
            case 429 -> rateLimited(http);
            default -> http.statusCode() >= 500 ? unavailable(http) : of(new InvalidRequestException(http));
        };
    }

    private AgentOsException ofCause(Throwable thrown) {
        Throwable cause = thrown.getCause();
        if (cause != null && cause != thrown) {
            return of(cause);
        }
        return failure(
                "FAILED",
                ErrorType.INTERNAL,
                false,
                "failed in a way that the plugin does not know ("
                        + thrown.getClass().getSimpleName() + ")",
                "Look for the cause in the server's log and report it to the plugin's author.",
                thrown);
    }

    private AgentOsException rateLimited(Throwable thrown) {
        return failure(
                "RATE_LIMITED",
                ErrorType.EXTERNAL,
                true,
                "has had too many requests or the account's quota is used up",
                "Wait, or raise the limit with the provider.",
                thrown);
    }

    private AgentOsException timeout(Throwable thrown) {
        return failure(
                "TIMEOUT",
                ErrorType.EXTERNAL,
                true,
                "did not answer in time",
                "Try again, or raise the plugin's timeout.",
                thrown);
    }

    private AgentOsException unavailable(Throwable thrown) {
        return failure(
                "UNAVAILABLE",
                ErrorType.EXTERNAL,
                true,
                "cannot be reached, broke off or failed itself",
                "Check the base URL and the network permission, or try again later.",
                thrown);
    }

    private AgentOsException failure(
            String name, ErrorType type, boolean retriable, String what, String action, Throwable cause) {
        return new AgentOsException(
                ErrorCode.of(provider, name, type, retriable),
                "The provider " + provider + " " + what + ".",
                action,
                cause);
    }
}
