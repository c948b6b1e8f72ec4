package dev.agentos.cli.access;

import dev.agentos.cli.authoring.SigningKeys;
import dev.agentos.cli.client.CliException;
import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.cli.client.Terminal;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.verifier.PublisherKey;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** API keys of a tenant, or of the platform when no tenant is named; and the keys that plugins are signed with. */
@Command(name = "key", description = "Create, list, rotate and revoke API keys; make a key to sign plugins with.")
public final class KeyCommand {
    @Command(name = "new", description = "Make a key to sign plugins with; no server is needed.")
    void make(
            @Parameters(paramLabel = "NAME", description = "The publisher, as people will read it.") String name,
            @Option(
                            names = "--keys",
                            paramLabel = "DIR",
                            description = "Where keys are kept (default: the server's data directory).")
                    Optional<Path> directory,
            @Option(
                            names = "--days",
                            defaultValue = "1095",
                            description = "For how long signatures are accepted (default: ${DEFAULT-VALUE}).")
                    int days) {
        var file = SigningKeys.file(directory.orElseGet(SigningKeys::usualDirectory), name);
        try {
            var key = PublisherKey.create(file, name, SigningKeys.password(), Duration.ofDays(days), Duration.ZERO);
            var terminal = Terminal.standard();
            terminal.line("Key: " + file.toAbsolutePath());
            terminal.line("Fingerprint: " + key.fingerprint());
        } catch (AgentOsException unusable) {
            throw CliException.of(unusable);
        }
    }

    @Command(name = "create", description = "Create a key; its secret is shown this once.")
    void create(
            @Mixin Connection connection,
            @Mixin AgentOption agents,
            @Parameters(paramLabel = "NAME") String name,
            @Option(
                            names = "--scope",
                            required = true,
                            split = ",",
                            paramLabel = "SCOPE",
                            description = "As in executions:write; may be repeated, or several with commas.")
                    List<String> scopes,
            @Option(names = "--expires-at", paramLabel = "TIME", description = "As in 2030-01-31T12:00:00Z.")
                    Optional<String> expiresAt,
            @Option(
                            names = "--user",
                            paramLabel = "ID",
                            description = "A service account; the key can do at most what that one may.")
                    Optional<String> user) {
        var request = agents.in(JsonObject.of("name", name, "scopes", scopes));
        if (expiresAt.isPresent()) {
            request = request.with("expiresAt", expiresAt.get());
        }
        connection.print(
                connection.client().post("/api-keys", user.isPresent() ? request.with("user", user.get()) : request));
    }

    @Command(name = "permissions", description = "Show what a key may do now.")
    void permissions(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
        connection.print(connection.client().get("/api-keys/" + ServerClient.encode(id) + "/permissions"));
    }

    @Command(name = "rotate", description = "Make a key like another one, which is accepted for a while beside it.")
    void rotate(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ID") String id,
            @Option(
                            names = "--overlap",
                            paramLabel = "DURATION",
                            defaultValue = "PT24H",
                            description =
                                    "How long the old key is still accepted, ISO 8601 (default: ${DEFAULT-VALUE}).")
                    String overlap) {
        connection.print(connection
                .client()
                .post("/api-keys/" + ServerClient.encode(id) + "/rotate", JsonObject.of("overlap", overlap)));
    }

    @Command(name = "list", description = "List the keys, without their secrets.")
    void list(@Mixin Connection connection) {
        connection.print(
                connection.client().list("/api-keys"),
                "id",
                "name",
                "prefix",
                "scopes",
                "agents",
                "createdAt",
                "expiresAt",
                "revokedAt",
                "user",
                "lastUsedAt");
    }

    @Command(name = "revoke", description = "Revoke a key at once.")
    void revoke(@Mixin Connection connection, @Parameters(paramLabel = "ID") String id) {
        connection.client().delete("/api-keys/" + ServerClient.encode(id));
        connection.say("Revoked " + id + ".");
    }
}
