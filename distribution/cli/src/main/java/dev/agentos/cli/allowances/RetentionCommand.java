package dev.agentos.cli.allowances;

import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.spi.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** How long things are kept. */
@Command(
        name = "retention",
        description = "Set for how long what is over is kept; without --tenant the longest for all.")
public final class RetentionCommand {
    @Command(name = "list", description = "List the kinds, and for how long each is kept.")
    void list(@Mixin Connection connection) {
        connection.print(
                connection.client().list("/retention"), "kind", "keep", "longest", "inForce", "changedBy", "changedAt");
    }

    @Command(name = "set", description = "Set for how long a kind is kept.")
    void set(
            @Mixin Connection connection,
            @Parameters(paramLabel = "KIND", description = "executions, sessions, approvals or usage.") String kind,
            @Parameters(paramLabel = "DURATION", description = "As in P30D or PT12H.") String keep,
            @Option(names = "--dry-run", description = "Count what would go, and leave it.") boolean dryRun) {
        connection.print(connection.client().replace(path(kind), JsonObject.of("keep", keep, "dryRun", dryRun)));
    }

    @Command(name = "remove", description = "Keep a kind for ever, or as long as the platform allows.")
    void remove(@Mixin Connection connection, @Parameters(paramLabel = "KIND") String kind) {
        connection.client().remove(path(kind));
        connection.say("Removed the rule of " + kind + ".");
    }

    private static String path(String kind) {
        return "/retention/" + ServerClient.encode(kind);
    }
}
