package dev.agentos.cli.client;

import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import java.util.Optional;
import java.util.stream.Collectors;

/** The server's refusal of a request, told by its problem document (RFC 9457). */
public final class ApiException extends CliException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String code;

    private ApiException(int status, String code, String message) {
        super(exitCode(status), message);
        this.status = status;
        this.code = code;
    }

    static ApiException of(int status, String body) {
        return of(status, body, true);
    }

    /** Of a registry, which has commands of its own and says itself what to do. */
    static ApiException ofRegistry(int status, String body) {
        return of(status, body, false);
    }

    private static ApiException of(int status, String body, boolean advised) {
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
        (advised ? advice(code) : Optional.<String>empty())
                .or(() -> problem.text("action"))
                .ifPresent(action -> message.append("\n").append(action));
        message.append("\n(").append(code.isEmpty() ? status : code);
        problem.text("traceId").ifPresent(trace -> message.append(", trace ").append(trace));
        return new ApiException(status, code, message.append(")").toString());
    }

    /** The faults of a body, each in a line; what the sentence before them says is not said again. */
    private static String faults(JsonArray errors, String told) {
        return Answers.objects(errors).stream()
                .filter(error -> !told.contains(error.text("message").orElse("")))
                .map(error -> "\n  "
                        + error.text("pointer")
                                .filter(pointer -> !pointer.isEmpty())
                                .map(pointer -> pointer + ": ")
                                .orElse("")
                        + error.text("message").orElse(""))
                .collect(Collectors.joining());
    }

    public int status() {
        return status;
    }

    public String code() {
        return code;
    }

    static int exitCode(int status) {
        return switch (status) {
            case 401, 403, 423 -> DENIED;
            case 409, 412, 428 -> CONFLICT;
            case 429, 502, 503, 504 -> UNAVAILABLE;
            default -> FAILED;
        };
    }

    /** What to do about a refusal, in commands: the server's own advice is in requests. */
    static Optional<String> advice(String code) {
        return Optional.ofNullable(
                switch (code) {
                    case "tenancy:TENANT_REQUIRED" ->
                        "Name the tenant with --tenant; 'agentos tenant list' lists them.";
                    case "tenancy:UNKNOWN_TENANT" -> "'agentos tenant list' lists the tenants.";
                    case "tenancy:UNAUTHENTICATED" ->
                        "Name the file of a valid key with --key-file, or the server's data directory with --data-dir.";
                    case "tenancy:SCOPE_MISSING" ->
                        "Use a key that holds it; 'agentos key create NAME --scope SCOPE' makes one.";
                    case "tenancy:UNKNOWN_KEY" -> "'agentos key list' lists the keys; those of a tenant need --tenant.";
                    case "agent:UNKNOWN_PACK" ->
                        "'agentos pack list' lists the packs; 'agentos plugin install' brings another.";
                    case "agent:UNKNOWN_AGENT" ->
                        "'agentos pack list' shows each pack's agents; 'agentos pack enable' makes them available.";
                    case "registry:LISTING_NOT_FOUND", "plugin:UNKNOWN_RELEASE" ->
                        "'agentos plugin search' shows what the marketplace has.";
                    case "plugin:UNKNOWN_PLUGIN" -> "'agentos plugin list' lists the installed plugins.";
                    case "plugin:ALREADY_INSTALLED" -> "Replace its version with 'agentos plugin swap'.";
                    case "plugin:CONSENT_REQUIRED" ->
                        "See what it asks for with --dry-run. Grant it with --accept PERMISSION or --accept-all;"
                                + " critical permissions need --accept-critical as well. An update waits for that:"
                                + " 'agentos plugin show ID', then 'agentos plugin swap ID --pending'.";
                    case "plugin:PUBLISHER_CHANGED" ->
                        "When you are sure of the new certificate: 'agentos publisher trust PLUGIN FINGERPRINT'.";
                    case "plugin:REGISTRY_CHANGED" ->
                        "When both mean the same plugin: 'agentos publisher trust PLUGIN FINGERPRINT --registry KEY'.";
                    case "plugin:IN_USE" ->
                        "See who uses it with --dry-run. End that first, a tenant's pack with 'agentos pack disable',"
                                + " or add --force.";
                    case "graph:UNKNOWN_EXECUTION" -> "'agentos execution list' lists the executions.";
                    case "graph:UNKNOWN_SESSION" -> "'agentos session list' lists the sessions.";
                    case "graph:SESSION_BUSY" ->
                        "'agentos session show' names the execution that has it; or start with --when-busy enqueue,"
                                + " interrupt or rollback.";
                    case "policy:UNKNOWN_POLICY" ->
                        "'agentos policy list' lists the policies, 'agentos policy versions' what one has said; those"
                                + " of a tenant need --tenant.";
                    case "policy:POLICY_CHANGED" -> "See what it says now with 'agentos policy show', and repeat.";
                    case "policy:UNKNOWN_APPROVAL" -> "'agentos approval list' lists the approvals.";
                    case "policy:APPROVAL_CHANGED" ->
                        "See what is to be done now with 'agentos approval show', and decide on that.";
                    case "policy:SELF_APPROVAL" ->
                        "Somebody else decides in the console, or with --key-file and a key with the scope"
                                + " approvals:decide that they have made themselves; one that you make is yours.";
                    default -> null;
                });
    }
}
