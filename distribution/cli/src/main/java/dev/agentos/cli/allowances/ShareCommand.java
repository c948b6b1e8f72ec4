package dev.agentos.cli.allowances;

import dev.agentos.cli.client.Connection;
import dev.agentos.spi.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Which part of the places a tenant gets. */
@Command(name = "share", description = "See and set which part of the places a tenant gets.")
public final class ShareCommand {
    private static final String PATH = "/fair-share";

    @Command(name = "show", description = "Show the weight, and what runs and waits.")
    void show(@Mixin Connection connection) {
        connection.print(connection.client().get(PATH));
    }

    @Command(name = "set", description = "Set a tenant's weight, as an administrator.")
    void set(
            @Mixin Connection connection,
            @Parameters(paramLabel = "WEIGHT", description = "1 to 100; who has twice it gets twice the places.")
                    int weight) {
        connection.print(connection.client().replace(PATH, JsonObject.of("weight", weight)));
    }

    @Command(name = "remove", description = "Give a tenant the weight that all have, 10.")
    void remove(@Mixin Connection connection) {
        var client = connection.client();
        client.delete(PATH + "/weight", client.etag(PATH));
        connection.say("Removed the weight.");
    }
}
