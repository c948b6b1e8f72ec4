package dev.agentos.cli.plugins;

import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.spi.JsonObject;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Who may publish which plugin. */
@Command(name = "publisher", description = "See and decide whose plugins a server accepts.")
public final class PublisherCommand {
    @Command(name = "list", description = "List the plugins and the certificates that they are bound to.")
    void list(@Mixin Connection connection) {
        connection.print(
                connection.client().list("/publishers"), "plugin", "publisher", "fingerprint", "registry", "since");
    }

    @Command(name = "trust", description = "Bind a plugin to another certificate, or another registry, than before.")
    void trust(
            @Mixin Connection connection,
            @Parameters(paramLabel = "PLUGIN") String plugin,
            @Parameters(paramLabel = "FINGERPRINT", description = "As 'plugin validate' prints it.") String fingerprint,
            @Option(
                            names = "--registry",
                            paramLabel = "KEY",
                            description = "Fingerprint of the registry's key (default: the next one that brings it).")
                    Optional<String> registry) {
        var request = JsonObject.of("fingerprint", fingerprint);
        connection.print(connection
                .client()
                .replace(
                        "/publishers/" + ServerClient.encode(plugin),
                        registry.isPresent() ? request.with("registry", registry.get()) : request));
    }

    @Command(name = "forget", description = "Let a plugin's next signed version bind it anew.")
    void forget(@Mixin Connection connection, @Parameters(paramLabel = "PLUGIN") String plugin) {
        connection.client().remove("/publishers/" + ServerClient.encode(plugin));
        connection.say("Forgot the publisher of " + plugin + ".");
    }

    @Command(name = "revoke", description = "Refuse whatever is signed with a certificate from now on.")
    void revoke(
            @Mixin Connection connection,
            @Parameters(paramLabel = "FINGERPRINT") String fingerprint,
            @Option(names = "--reason", required = true, description = "Why; it is kept.") String reason) {
        connection.print(connection
                .client()
                .put("/revoked-certificates/" + ServerClient.encode(fingerprint), JsonObject.of("reason", reason)));
    }
}
