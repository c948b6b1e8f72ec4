package dev.agentos.cli.access;

import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.spi.JsonObject;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Roles of a tenant, or of the platform when no tenant is named. */
@Command(name = "role", description = "See the roles that there are, and make some.")
public final class RoleCommand {
    private static final String ROLES = "/roles/";

    @Command(name = "list", description = "List the roles.")
    void list(@Mixin Connection connection) {
        connection.print(connection.client().list("/roles"), "name", "builtIn", "description", "scopes");
    }

    @Command(name = "put", description = "Make a role, or change it for all who have it.")
    void put(
            @Mixin Connection connection,
            @Parameters(paramLabel = "NAME") String name,
            @Option(
                            names = "--scope",
                            required = true,
                            split = ",",
                            paramLabel = "SCOPE",
                            description = "As in executions:read; may be repeated, or several with commas.")
                    List<String> scopes,
            @Option(names = "--description", description = "What it is for.", defaultValue = "") String description) {
        connection.print(connection
                .client()
                .replace(
                        ROLES + ServerClient.encode(name),
                        JsonObject.of("description", description, "scopes", scopes)));
    }

    @Command(name = "remove", description = "Remove a role that nobody has.")
    void remove(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
        connection.client().remove(ROLES + ServerClient.encode(name));
        connection.say("Removed the role " + name + ".");
    }
}
