package dev.agentos.cli.allowances;

import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.ServerClient;
import java.util.Optional;
import java.util.StringJoiner;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What was used. */
@Command(name = "usage", description = "Show what a tenant has used of models, and what it cost.")
public final class UsageCommand {
    @Command(name = "show", description = "Sum what was used.")
    void show(
            @Mixin Connection connection,
            @Option(names = "--from", paramLabel = "DAY", description = "As in 2030-01-01 (default: 30 days).")
                    Optional<String> from,
            @Option(names = "--to", paramLabel = "DAY", description = "Included (default: today).") Optional<String> to,
            @Option(names = "--by", description = "Of day, model, agent, key (default: day,model).")
                    Optional<String> by) {
        var query = new StringJoiner("&", "?", "");
        by.ifPresent(parts -> query.add("by=" + ServerClient.encode(parts)));
        from.ifPresent(day -> query.add("from=" + ServerClient.encode(day)));
        to.ifPresent(day -> query.add("to=" + ServerClient.encode(day)));
        connection.print(
                connection.client().list("/usage" + query),
                "day",
                "model",
                "agent",
                "key",
                "calls",
                "inputTokens",
                "outputTokens",
                "costs");
    }
}
