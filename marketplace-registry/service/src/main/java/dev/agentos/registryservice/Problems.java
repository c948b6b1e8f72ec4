package dev.agentos.registryservice;

import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.policy.PolicyErrorCode;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.JsonObject;
import dev.agentos.verifier.Finding;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** Answers failures as problem details (RFC 9457); also those that Jetty finds before a request reaches the handler. */
final class Problems extends ErrorHandler {

    private static final String MEDIA_TYPE = "application/problem+json";

    static void answer(Request request, Response response, Callback callback, Throwable thrown) {
        Failure failure = Failure.of(thrown);
        int status = status(thrown instanceof AgentOsException e ? e.errorCode() : null);
        JsonObject problem = problem(request, status, failure);
        if (thrown instanceof PluginRefusedException refused) {
            problem = problem.with(
                    "errors",
                    refused.report().findings().stream().map(Finding::toJson).toList());
        }
        if (status == HttpStatus.UNAUTHORIZED_401) {
            response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, "Bearer");
        }
        write(response, status, problem, callback);
    }

    @Override
    protected void generateResponse(
            Request request,
            Response response,
            int code,
            @Nullable String message,
            @Nullable Throwable cause,
            Callback callback) {
        Failure failure = new Failure(
                RegistryErrorCode.UNKNOWN_RESOURCE.code(),
                ErrorType.USER,
                false,
                "The request is not one that a registry answers (" + HttpStatus.getMessage(code) + ").",
                "See the registry's paths in its documentation.");
        write(response, code, problem(request, code, failure), callback);
    }

    private static JsonObject problem(Request request, int status, Failure failure) {
        return JsonObject.of(
                "type",
                "about:blank",
                "title",
                HttpStatus.getMessage(status),
                "status",
                status,
                "detail",
                failure.message() + " " + failure.action(),
                "instance",
                request.getHttpURI().getPath(),
                "code",
                failure.code());
    }

    private static void write(Response response, int status, JsonObject problem, Callback callback) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, MEDIA_TYPE);
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        response.write(true, ByteBuffer.wrap(Json.writeBytes(problem)), callback);
    }

    private static int status(@Nullable ErrorCode code) {
        return switch (code) {
            case null -> HttpStatus.INTERNAL_SERVER_ERROR_500;
            case RegistryErrorCode known ->
                switch (known) {
                    case LISTING_NOT_FOUND, RELEASE_NOT_FOUND, UNKNOWN_RESOURCE -> HttpStatus.NOT_FOUND_404;
                    case RELEASE_EXISTS -> HttpStatus.CONFLICT_409;
                    case PLUGIN_REFUSED -> HttpStatus.UNPROCESSABLE_ENTITY_422;
                    case INVALID_QUERY, INVALID_CURSOR, INVALID_ADDRESS, INVALID_FINGERPRINT ->
                        HttpStatus.BAD_REQUEST_400;
                    case TOO_LARGE -> HttpStatus.PAYLOAD_TOO_LARGE_413;
                    case UNAUTHENTICATED -> HttpStatus.UNAUTHORIZED_401;
                    case PUBLISHING_DISABLED, RIGHT_MISSING -> HttpStatus.FORBIDDEN_403;
                    case STORAGE_FAILED -> HttpStatus.SERVICE_UNAVAILABLE_503;
                    case UNAVAILABLE,
                            INVALID_ANSWER,
                            DIGEST_MISMATCH,
                            INDEX_UNSIGNED,
                            KEY_CHANGED,
                            BAD_SIGNATURE,
                            INDEX_EXPIRED,
                            INDEX_ROLLED_BACK,
                            INDEX_IMPLAUSIBLE,
                            INDEX_MISMATCH -> HttpStatus.BAD_GATEWAY_502;
                    case INDEX_DAMAGED -> HttpStatus.INTERNAL_SERVER_ERROR_500;
                };
            case PolicyErrorCode known ->
                switch (known) {
                    case UNKNOWN_APPROVAL -> HttpStatus.NOT_FOUND_404;
                    case APPROVAL_OVER, APPROVAL_CHANGED -> HttpStatus.CONFLICT_409;
                    default -> HttpStatus.FORBIDDEN_403;
                };
            case KernelErrorCode known when known.type() == ErrorType.USER -> HttpStatus.BAD_REQUEST_400;
            default -> HttpStatus.INTERNAL_SERVER_ERROR_500;
        };
    }
}
