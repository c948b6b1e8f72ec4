package dev.agentos.cli;

import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import java.util.stream.Collectors;

/** The server's refusal of a request, told by its problem document (RFC 9457). */
final class ApiException extends CliException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String code;

    private ApiException(int status, String code, String message) {
        super(exitCode(status), message);
        this.status = status;
        this.code = code;
    }

    static ApiException of(int status, String body) {
        JsonObject problem;
        try {
            problem = Json.parseObject(body);
        } catch (AgentOsException notJson) {
            return new ApiException(status, "", "The server answered " + status + ": " + body.strip());
        }
        var code = problem.text("code").orElse("");
        var message = new StringBuilder(
                problem.text("detail").or(() -> problem.text("title")).orElse("The server answered " + status + "."));
        problem.array("errors").ifPresent(errors -> message.append(faults(errors, message.toString())));
        Actions.of(code)
                .or(() -> problem.text("action"))
                .ifPresent(action -> message.append("\n").append(action));
        message.append("\n(").append(code.isEmpty() ? status : code);
        problem.text("traceId").ifPresent(trace -> message.append(", trace ").append(trace));
        return new ApiException(status, code, message.append(")").toString());
    }

    /** The faults of a body, each in a line; what the sentence before them says is not said again. */
    private static String faults(JsonArray errors, String told) {
        return Marketplace.objects(errors).stream()
                .filter(error -> !told.contains(error.text("message").orElse("")))
                .map(error -> "\n  "
                        + error.text("pointer")
                                .filter(pointer -> !pointer.isEmpty())
                                .map(pointer -> pointer + ": ")
                                .orElse("")
                        + error.text("message").orElse(""))
                .collect(Collectors.joining());
    }

    int status() {
        return status;
    }

    String code() {
        return code;
    }

    static int exitCode(int status) {
        return switch (status) {
            case 401, 403 -> DENIED;
            case 409, 412, 428 -> CONFLICT;
            case 429, 502, 503, 504 -> UNAVAILABLE;
            default -> FAILED;
        };
    }
}
