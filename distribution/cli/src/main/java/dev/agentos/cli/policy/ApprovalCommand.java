package dev.agentos.cli.policy;

import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.cli.client.Texts;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What people of a tenant are asked to agree to. */
@Command(name = "approval", description = "See and decide what waits for people to agree to.")
public final class ApprovalCommand {
    public static final String NONCE = "As 'show' printed it: decide on nothing else (default: what is now).";

    @Command(name = "list", description = "List approvals, newest first.")
    void list(
            @Mixin Connection connection,
            @Option(names = "--state", defaultValue = "", description = "Only those, as in PENDING.") String state) {
        var query = state.isEmpty() ? "" : "?state=" + ServerClient.encode(state.toUpperCase(Locale.ROOT));
        connection.print(
                connection.client().list("/approvals" + query),
                "id",
                "state",
                "kind",
                "name",
                "risk",
                "expiresAt",
                "execution",
                "operation");
    }

    @Command(name = "show", description = "Show what is to be done, whole.")
    void show(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ID", description = "As 'approval list' names it.") String id) {
        print(connection, connection.client().get(path(id)));
    }

    @Command(name = "approve", description = "Show what is to be done and agree; what waits goes on at once.")
    void approve(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ID") String id,
            @Option(names = "--nonce", description = NONCE) Optional<String> nonce,
            @Option(names = "--arguments", paramLabel = "JSON", description = "Do it with these instead.")
                    Optional<JsonObject> arguments,
            @Option(names = "--reason", description = "Why; it is kept.") Optional<String> reason) {
        var ballot = ballot(connection, id, nonce, reason);
        decide(
                connection,
                path(id) + "/approve",
                arguments.isPresent() ? ballot.with("arguments", arguments.get()) : ballot);
    }

    @Command(name = "reject", description = "Show what is to be done and refuse it, once and for all.")
    void reject(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ID") String id,
            @Option(names = "--nonce", description = NONCE) Optional<String> nonce,
            @Option(names = "--reason", description = "Why; the execution is told.") Optional<String> reason) {
        decide(connection, path(id) + "/reject", ballot(connection, id, nonce, reason));
    }

    @Command(
            name = "delegate",
            description =
                    "Show what is to be done and leave it to one key, user or group, which alone may decide then.")
    void delegate(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ID") String id,
            @Option(
                            names = "--to",
                            required = true,
                            paramLabel = "KEY",
                            description = "Its id, as in key_…, or group:NAME.")
                    String to,
            @Option(names = "--nonce", description = NONCE) Optional<String> nonce,
            @Option(names = "--reason", description = "Why; it is kept.") Optional<String> reason) {
        decide(
                connection,
                path(id) + "/delegate",
                ballot(connection, id, nonce, reason).with("to", to));
    }

    @Command(
            name = "escalate",
            description = "Show what is to be done and let those decide whom the rule names for that, or owners.")
    void escalate(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ID") String id,
            @Option(names = "--nonce", description = NONCE) Optional<String> nonce,
            @Option(names = "--reason", description = "Why.") Optional<String> reason) {
        decide(connection, path(id) + "/escalate", ballot(connection, id, nonce, reason));
    }

    /**
     * Shows what is to be done, and names that and nothing else in the decision. A program that reads the answer's JSON
     * gets what was shown on the other stream.
     */
    private static JsonObject ballot(
            Connection connection, String id, Optional<String> nonce, Optional<String> reason) {
        var shown = connection.client().get(path(id));
        if (connection.format == Connection.Format.json) {
            System.err.println(Texts.visible(Json.write(shown)));
        } else {
            print(connection, shown);
        }
        return ballot(shown, nonce, reason);
    }

    /** Decides on what was shown, or on what the nonce says. */
    public static JsonObject ballot(JsonObject shown, Optional<String> nonce, Optional<String> reason) {
        var ballot =
                JsonObject.of("nonce", nonce.orElseGet(() -> shown.text("nonce").orElse("")));
        return reason.isPresent() ? ballot.with("reason", reason.get()) : ballot;
    }

    private static void decide(Connection connection, String path, JsonObject ballot) {
        var decided = connection.client().post(path, ballot);
        if (connection.format == Connection.Format.json) {
            connection.print(decided);
        } else {
            ApprovalReport.outcome(decided).forEach(connection::say);
        }
    }

    private static void print(Connection connection, JsonObject approval) {
        if (connection.format == Connection.Format.json) {
            connection.print(approval);
        } else {
            ApprovalReport.describe(approval).forEach(connection::say);
        }
    }

    private static String path(String id) {
        return "/approvals/" + ServerClient.encode(id);
    }
}
