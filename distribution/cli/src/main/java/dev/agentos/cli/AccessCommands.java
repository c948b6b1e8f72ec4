package dev.agentos.cli;

import dev.agentos.spi.JsonObject;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands about who may do something: tenants and their keys. */
final class AccessCommands {
    private AccessCommands() {}

    /** Tenants of a server. */
    @Command(name = "tenant", description = "Create and list tenants.")
    static final class Tenant {
        @Command(name = "create", description = "Create a tenant.")
        void create(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name) {
            connection.print(connection.client().post("/tenants", JsonObject.of("name", name)));
        }

        @Command(name = "list", description = "List the tenants.")
        void list(@Mixin Connection connection) {
            connection.print(connection.client().list("/tenants"), "id", "name", "createdAt");
        }
    }

    /** API keys of a tenant, or of the platform when no tenant is named. */
    @Command(name = "key", description = "Create, list and revoke API keys.")
    static final class Key {
        @Command(name = "create", description = "Create a key; its secret is shown this once.")
        void create(
                @Mixin Connection connection,
                @Parameters(paramLabel = "NAME") String name,
                @Option(
                                names = "--scope",
                                required = true,
                                split = ",",
                                paramLabel = "SCOPE",
                                description = "As in executions:write; may be repeated, or several with commas.")
                        List<String> scopes,
                @Option(names = "--expires-at", paramLabel = "TIME", description = "As in 2030-01-31T12:00:00Z.")
                        Optional<String> expiresAt) {
            var request = JsonObject.of("name", name, "scopes", scopes);
            connection.print(connection
                    .client()
                    .post("/api-keys", expiresAt.isPresent() ? request.with("expiresAt", expiresAt.get()) : request));
        }

        @Command(name = "list", description = "List the keys, without their secrets.")
        void list(@Mixin Connection connection) {
            connection.print(
                    connection.client().list("/api-keys"),
                    "id",
                    "name",
                    "prefix",
                    "scopes",
                    "createdAt",
                    "expiresAt",
                    "revokedAt");
        }

        @Command(name = "revoke", description = "Revoke a key at once.")
        void revoke(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
            connection.client().delete("/api-keys/" + ServerClient.encode(id));
            connection.say("Revoked " + id + ".");
        }
    }
}
