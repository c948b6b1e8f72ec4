package dev.agentos.cli.plugins;

import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.spi.JsonObject;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Agent packs of a tenant. */
@Command(name = "pack", description = "Enable and disable agent packs for a tenant.")
public final class PackCommand {
    @Command(name = "list", description = "List the packs and whether they are enabled.")
    void list(@Mixin Connection connection) {
        connection.print(connection.client().list(path(connection, "")), "id", "version", "enabled", "agents", "title");
    }

    @Command(name = "enable", description = "Enable a pack, or change its configuration.")
    void enable(
            @Mixin Connection connection,
            @Parameters(paramLabel = "PACK", description = "As 'pack list' names it.") String pack,
            @Option(names = "--configuration", paramLabel = "JSON", description = "Its configuration, a JSON object.")
                    Optional<JsonObject> configuration) {
        var client = connection.client();
        var path = path(connection, "/" + ServerClient.encode(pack));
        var request = configuration
                .map(settings -> JsonObject.of("configuration", settings))
                .orElse(JsonObject.EMPTY);
        var enabled = client.get(path).bool("enabled").orElse(false);
        connection.print(
                enabled ? client.put(path, request, client.etag(path)) : client.put(path, request),
                "id",
                "version",
                "enabled",
                "configuration",
                "agents");
    }

    @Command(name = "disable", description = "Disable a pack.")
    void disable(
            @Mixin Connection connection,
            @Parameters(paramLabel = "PACK", description = "As 'pack list' names it.") String pack) {
        connection.client().delete(path(connection, "/" + ServerClient.encode(pack)));
        connection.say("Disabled " + pack + ".");
    }

    private static String path(Connection connection, String rest) {
        return "/tenants/" + connection.tenant.map(ServerClient::encode).orElse("self") + "/packs" + rest;
    }
}
