package dev.agentos.cli.allowances;

import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.spi.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** How often the API may be asked. */
@Command(name = "rate-limit", description = "See and set how often a tenant may ask the API.")
public final class RateLimitCommand {
    @Command(name = "list", description = "List the limits.")
    void list(@Mixin Connection connection) {
        connection.print(connection.client().list("/rate-limits"), "scope", "requests", "window", "even", "changedAt");
    }

    @Command(name = "set", description = "Limit a tenant, or each of its keys, as an administrator.")
    void set(
            @Mixin Connection connection,
            @Parameters(paramLabel = "SCOPE", description = "tenant or key.") String scope,
            @Option(names = "--requests", required = true, description = "How many may come.") int requests,
            @Option(names = "--per", required = true, paramLabel = "DURATION", description = "As in PT1M.")
                    String window,
            @Option(names = "--even", description = "Spread over that time.") boolean even) {
        connection.print(connection
                .client()
                .replace(path(scope), JsonObject.of("requests", requests, "window", window, "even", even)));
    }

    @Command(name = "remove", description = "Let it ask as often as it likes.")
    void remove(@Mixin Connection connection, @Parameters(paramLabel = "SCOPE") String scope) {
        connection.client().remove(path(scope));
        connection.say("Removed the limit of the " + scope + ".");
    }

    private static String path(String scope) {
        return "/rate-limits/" + ServerClient.encode(scope);
    }
}
