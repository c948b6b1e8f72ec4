package dev.agentos.web;

import dev.agentos.kernel.Failure;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.RateExceededException;
import dev.agentos.kernel.RetryLaterException;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * An error as the API answers it, after RFC 9457.
 *
 * @param failure what went wrong and what to do
 * @param status the HTTP status
 * @param faults each thing that is wrong in the request
 * @param retryAfter after how many seconds to try again; 0 when that does not help
 * @param rate what was done as often as it may be; empty for another failure
 */
public record Problem(
        Failure failure,
        int status,
        List<InvalidInputException.Fault> faults,
        long retryAfter,
        Optional<RateExceededException.Rate> rate) {

    /** The media type of a problem. */
    public static final String MEDIA_TYPE = "application/problem+json";

    public Problem {
        faults = List.copyOf(faults);
    }

    /** The problem that an exception stands for; what has no error code is a defect, and its detail is not shown. */
    public static Problem of(Throwable thrown) {
        if (thrown instanceof InvalidInputException invalid) {
            return new Problem(Failure.of(invalid), status(invalid.errorCode()), invalid.faults(), 0, Optional.empty());
        }
        if (thrown instanceof AgentOsException known) {
            int status = status(known.errorCode());
            Optional<RateExceededException.Rate> rate =
                    thrown instanceof RateExceededException exceeded ? Optional.of(exceeded.rate()) : Optional.empty();
            return new Problem(Failure.of(known), status, List.of(), retryAfter(known, status), rate);
        }
        return new Problem(
                Failure.of(
                        KernelErrorCode.INTERNAL,
                        "The server met an error that it did not expect.",
                        "Look for the trace id in the server's log, and report it with what you did."),
                500,
                List.of(),
                0,
                Optional.empty());
    }

    /** The problem of that code. */
    public static Problem of(ErrorCode code, String detail, String action) {
        int status = status(code);
        return new Problem(
                Failure.of(code, detail, action), status, List.of(), retryAfter(code, status), Optional.empty());
    }

    private static long retryAfter(AgentOsException known, int status) {
        return known instanceof RetryLaterException later ? later.seconds() : retryAfter(known.errorCode(), status);
    }

    private static long retryAfter(ErrorCode code, int status) {
        return code.retriable() && (status == 503 || status == 429 || status == 409) ? 1 : 0;
    }

    /** The status that an error code answers. */
    static int status(ErrorCode code) {
        if (code instanceof HttpErrorCode http) {
            return http.status();
        }
        return switch (code.name()) {
            case "UNAUTHENTICATED", "LOGIN_FAILED" -> 401;
            case "UNKNOWN_FIELD",
                    "UNKNOWN_SCOPE",
                    "UNKNOWN_SETTING",
                    "UNKNOWN_NODE_TYPE",
                    "UNKNOWN_PERMISSION",
                    "VERIFICATION_FAILED" -> 400;
            case "NOT_FOUND", "NOTHING_SET" -> 404;
            case "CONFLICT", "CONSENT_REQUIRED", "NOT_WAITING", "NOT_ENDED", "NOT_FAILED", "ALREADY_FINISHED" -> 409;
            case "PRECONDITION_FAILED",
                    "PACK_CHANGED",
                    "POLICY_CHANGED",
                    "BUDGET_CHANGED",
                    "QUOTA_CHANGED",
                    "PLAN_CHANGED",
                    "SETTINGS_CHANGED" -> 412;
            case "BUSY",
                    "SESSION_BUSY",
                    "IN_USE",
                    "ALREADY_INSTALLED",
                    "NAME_CLASH",
                    "NO_PREVIOUS_VERSION",
                    "APPROVAL_CHANGED",
                    "APPROVAL_OVER",
                    "TOO_MANY_POLICIES",
                    "TOO_MANY_BUDGETS",
                    "TOO_MANY_QUOTAS",
                    "TOO_MANY_PLANS",
                    "TOO_MANY_ROLES",
                    "TOO_MANY_GROUPS",
                    "GROUP_CHANGED",
                    "ALREADY_ESCALATED",
                    "BUILT_IN_ROLE",
                    "LAST_OWNER",
                    "USER_CHANGED",
                    "KEY_ENDED",
                    "DIGEST_CHANGED" -> 409;
            case "DOCUMENT_TOO_LARGE", "FILE_TOO_LARGE", "RESULT_TOO_LARGE" -> 413;
            case "KILL_SWITCH_ENGAGED" -> 423;
            case "DATABASE_UNAVAILABLE", "PROVIDER_UNAVAILABLE" -> 503;
            default -> statusOfForm(code);
        };
    }

    private static int statusOfForm(ErrorCode code) {
        String name = code.name();
        if (name.startsWith("UNKNOWN_") || name.endsWith("_NOT_FOUND")) {
            return 404;
        }
        if (name.endsWith("_EXISTS") || name.endsWith("_IN_USE") || name.endsWith("_CONFLICT")) {
            return 409;
        }
        if (name.endsWith("RATE_LIMITED") || name.endsWith("QUOTA_EXCEEDED") || name.equals("QUEUE_FULL")) {
            return 429;
        }
        return switch (code.type()) {
            case USER -> 400;
            case DENIED -> 403;
            case EXTERNAL -> 502;
            case RESOURCES -> 503;
            case INTERNAL -> 500;
        };
    }

    /** How often it may be done, in the headers of the IETF's draft "RateLimit header fields for HTTP". */
    public Map<String, String> rateHeaders() {
        return rate.map(one -> Map.of(
                        "RateLimit-Policy",
                        "\"" + one.name() + "\";q=" + one.most() + ";w="
                                + one.window().toSeconds(),
                        "RateLimit",
                        "\"" + one.name() + "\";r=0;t=" + retryAfter))
                .orElse(Map.of());
    }

    /** Whether it is the server's own fault and belongs in its log. */
    public boolean defect() {
        return failure.type() == ErrorType.INTERNAL;
    }

    /** The document that the client gets. */
    public JsonObject toJson(String instance, String traceId) {
        int colon = failure.code().indexOf(':');
        String name = failure.code().substring(colon + 1);
        JsonObject json = JsonObject.of(
                "type",
                "/docs/errors/" + failure.code().substring(0, colon) + "/" + name,
                "title",
                title(name),
                "status",
                status,
                "detail",
                failure.message(),
                "instance",
                instance,
                "code",
                failure.code(),
                "action",
                failure.action(),
                "traceId",
                traceId);
        if (faults.isEmpty()) {
            return json;
        }
        return json.with(
                "errors",
                faults.stream()
                        .map(fault -> JsonObject.of(
                                "pointer", fault.pointer(), "code", fault.code(), "message", fault.message()))
                        .toList());
    }

    private static String title(String name) {
        String words = name.toLowerCase(Locale.ROOT).replace('_', ' ');
        return Character.toUpperCase(words.charAt(0)) + words.substring(1);
    }
}
