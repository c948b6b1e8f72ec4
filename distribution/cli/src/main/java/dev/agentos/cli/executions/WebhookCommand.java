package dev.agentos.cli.executions;

import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.spi.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Who is told of the ends of a tenant's executions. */
@Command(name = "webhook", description = "See what was told of the ends of executions, and what signs it.")
public final class WebhookCommand {
    private static final String DELIVERIES = "/webhooks/deliveries";

    @Command(name = "list", description = "List what was or will be told, newest first.")
    void list(
            @Mixin Connection connection,
            @Option(names = "--state", defaultValue = "", description = "Only those, as in GIVEN_UP.") String state,
            @Option(
                            names = "--execution",
                            paramLabel = "ID",
                            defaultValue = "",
                            description = "Only what is told of that one.")
                    String execution) {
        var filter = (state.isEmpty() ? "" : "&state=" + ServerClient.encode(state))
                + (execution.isEmpty() ? "" : "&execution=" + ServerClient.encode(execution));
        connection.print(
                connection.client().list(DELIVERIES + (filter.isEmpty() ? "" : "?" + filter.substring(1))),
                "id",
                "execution",
                "state",
                "attempts",
                "nextAt",
                "last.status",
                "url");
    }

    @Command(name = "show", description = "Show a delivery, and what was wrong with its last attempt.")
    void show(@Mixin Connection connection, @Parameters(paramLabel = "ID", description = "msg_…") String id) {
        connection.print(connection.client().get(DELIVERIES + "/" + ServerClient.encode(id)));
    }

    @Command(name = "redeliver", description = "Tell it once more, under the same id.")
    void redeliver(@Mixin Connection connection, @Parameters(paramLabel = "ID", description = "msg_…") String id) {
        connection.print(
                connection.client().post(DELIVERIES + "/" + ServerClient.encode(id) + "/redeliver", JsonObject.EMPTY));
    }

    @Command(name = "secret", description = "Show since when the secret signs; never the secret itself.")
    void secret(@Mixin Connection connection) {
        connection.print(connection.client().get("/webhooks/secret"));
    }

    @Command(
            name = "rotate",
            description = "Make a new secret and show it, this once; the old one signs beside it for 24 hours.")
    void rotate(@Mixin Connection connection) {
        connection.print(connection.client().post("/webhooks/secret/rotate", JsonObject.EMPTY), "secret");
    }
}
