package dev.agentos.cli.allowances;

import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import java.math.BigDecimal;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** How many executions may begin. */
@Command(name = "quota", description = "See, set and remove how many executions a tenant may begin.")
public final class QuotaCommand {
    @Command(name = "list", description = "List the quotas, and what is used and left in this period.")
    void list(@Mixin Connection connection) {
        connection.print(
                connection.client().list("/quotas").stream()
                        .map(QuotaCommand::row)
                        .toList(),
                "name",
                "scope",
                "subject",
                "executions",
                "period",
                "used",
                "remaining",
                "resetsAt");
    }

    @Command(name = "show", description = "Show a quota: what is used and left, and when it begins anew.")
    void show(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
        connection.print(connection.client().get(path(name)));
    }

    @Command(name = "set", description = "Set a quota; it holds at once, and what is used stays.")
    void set(
            @Mixin Connection connection,
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--executions", required = true, description = "How many may begin.") long executions,
            @Option(names = "--per", required = true, paramLabel = "PERIOD", description = "day or month.")
                    String period,
            @Option(
                            names = "--of",
                            paramLabel = "SCOPE",
                            defaultValue = "tenant",
                            description = "tenant, or each principal or agent (default: ${DEFAULT-VALUE}).")
                    String scope,
            @Option(names = "--subject", paramLabel = "ID", description = "Of this principal or agent only.")
                    Optional<String> subject,
            @Option(names = "--warn-at", description = "At which part of it to warn (default: 0.8).")
                    Optional<BigDecimal> warnAt) {
        var request = JsonObject.of("scope", scope, "executions", executions, "period", period);
        if (subject.isPresent()) {
            request = request.with("subject", subject.get());
        }
        if (warnAt.isPresent()) {
            request = request.with("warnAt", warnAt.get());
        }
        connection.print(connection.client().replace(path(name), request));
    }

    @Command(name = "remove", description = "Remove a quota and what it has counted.")
    void remove(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
        connection.client().remove(path(name));
        connection.say("Removed " + name + ".");
    }

    /** With the window that is used most. */
    private static JsonObject row(JsonObject quota) {
        for (var window : quota.array("windows").orElse(JsonArray.EMPTY)) {
            if (window instanceof JsonObject most) {
                return quota.overlaidBy(most);
            }
        }
        return quota.with("used", 0)
                .with("remaining", quota.number("executions").orElseThrow());
    }

    private static String path(String name) {
        return "/quotas/" + ServerClient.encode(name);
    }
}
