package dev.agentos.cli;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Agent packs of a tenant. */
@Command(name = "pack", description = "Enable and disable agent packs for a tenant.")
final class PackCommand {
    @Command(name = "list", description = "List the packs and whether they are enabled.")
    void list(@Mixin Connection connection) {
        connection.print(connection.client().list(path(connection, "")), "id", "version", "enabled", "agents", "title");
    }

    @Command(name = "enable", description = "Enable a pack, or change its configuration.")
    void enable(
            @Mixin Connection connection,
            @Parameters(paramLabel = "PACK") String pack,
            @Option(names = "--configuration", description = "Its configuration, a JSON object.")
                    Optional<String> configuration) {
        var request = configuration
                .map(text -> JsonObject.of("configuration", Json.parseObject(text)))
                .orElse(JsonObject.EMPTY);
        connection.print(connection.client().put(path(connection, "/" + ServerClient.encode(pack)), request));
    }

    @Command(name = "disable", description = "Disable a pack.")
    void disable(@Mixin Connection connection, @Parameters(paramLabel = "PACK") String pack) {
        connection.client().delete(path(connection, "/" + ServerClient.encode(pack)));
        connection.say("Disabled " + pack + ".");
    }

    private static String path(Connection connection, String rest) {
        return "/tenants/" + connection.tenant.map(ServerClient::encode).orElse("self") + "/packs" + rest;
    }
}
