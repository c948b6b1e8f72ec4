package dev.agentos.cli;

import dev.agentos.spi.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Tenants of a server. */
@Command(name = "tenant", description = "Create and list tenants.")
final class TenantCommand {
    @Command(name = "create", description = "Create a tenant.")
    void create(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
        connection.print(connection.client().post("/tenants", JsonObject.of("name", name)));
    }

    @Command(name = "list", description = "List the tenants.")
    void list(@Mixin Connection connection) {
        connection.print(connection.client().list("/tenants"), "id", "name", "createdAt");
    }
}
