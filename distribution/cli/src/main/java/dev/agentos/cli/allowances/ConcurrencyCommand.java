package dev.agentos.cli.allowances;

import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.spi.JsonObject;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** How many executions may run at once. */
@Command(name = "concurrency", description = "See and set how many executions of a tenant run at once.")
public final class ConcurrencyCommand {
    @Command(name = "list", description = "List the limits.")
    void list(@Mixin Connection connection) {
        connection.print(connection.client().list("/concurrency-limits"), "scope", "running", "queued", "changedAt");
    }

    @Command(name = "set", description = "Limit a tenant, or each agent or principal, as an administrator.")
    void set(
            @Mixin Connection connection,
            @Parameters(paramLabel = "SCOPE", description = "tenant, agent or principal.") String scope,
            @Option(names = "--running", required = true, description = "How many run at once.") int running,
            @Option(names = "--queued", description = "How many wait for a place beside them (default: any).")
                    Optional<Integer> queued) {
        var request = JsonObject.of("running", running);
        connection.print(connection
                .client()
                .replace(path(scope), queued.isPresent() ? request.with("queued", queued.get()) : request));
    }

    @Command(name = "remove", description = "Let as many run at once as there are places.")
    void remove(@Mixin Connection connection, @Parameters(paramLabel = "SCOPE") String scope) {
        connection.client().remove(path(scope));
        connection.say("Removed the limit of the " + scope + ".");
    }

    private static String path(String scope) {
        return "/concurrency-limits/" + ServerClient.encode(scope);
    }
}
